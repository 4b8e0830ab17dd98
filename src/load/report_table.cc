#include "load/report_table.h"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <string_view>

#include "load/own_limits.h"

namespace shoal::load {
namespace {

constexpr std::size_t label_width = 13;
constexpr std::size_t longest_name = 28;

using number = unsigned long long;

[[gnu::format(printf, 2, 3)]] void print(std::string& to, const char* format, ...) {
  std::array<char, 512> line;
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line.data(), line.size(), format, arguments);
  va_end(arguments);
  to += line.data();
}

void label(std::string& out, std::string_view text) {
  out.append(text).append(label_width - std::min(text.size(), label_width - 1), ' ');
}

std::string cells(const histogram& l) {
  std::string out;
  for (const std::uint64_t ns : {l.percentile(50), l.percentile(90), l.percentile(99),
                                 l.percentile(99.9), l.percentile(99.99), l.most()}) {
    const std::string text = duration_text(ns);
    out.append(10 - std::min<std::size_t>(text.size(), 9), ' ').append(text);
  }
  return out + "\n";
}

void print_title(std::string& out, const options& asked, const report& seen) {
  print(out, "%s: ", asked.to.text().c_str());
  if (asked.open_loop()) {
    print(out, "%g requests/s by the clock, ", asked.rate);
  }
  print(out, "%u connections, %u in flight on each, %u thread%s on %s%s\n\n", asked.connections,
        asked.pipeline, asked.threads, asked.threads == 1 ? "" : "s", seen.driver.c_str(),
        seen.interrupted ? "; INTERRUPTED" : "");
}

void print_latencies(std::string& out, const options& asked, const report& seen) {
  const bool mix = seen.kinds.size() > 1;
  std::size_t width = label_width;
  if (mix) {
    for (const request_kind& kind : asked.kinds) {
      width = std::max(width, std::min(kind.name.size(), longest_name) + 2);
    }
  }
  const auto row = [&](std::string name, const histogram& l) {
    name.resize(width, ' ');
    out += name + cells(l);
  };
  std::string head = "latency";
  head.resize(width, ' ');
  out += head + "       p50       p90       p99     p99.9    p99.99       max\n";
  if (mix) {
    for (std::size_t i = 0; i < seen.kinds.size(); ++i) {
      row(asked.kinds[i].name.substr(0, longest_name), seen.kinds[i].latency);
    }
  }
  row(mix ? "all" : "", seen.latency());
  out += '\n';
}

void print_refusals(std::string& out, const options& asked, const report& seen) {
  const auto may_refuse = [](const request_kind& kind) { return kind.expected.may_refuse; };
  if (std::ranges::none_of(asked.kinds, may_refuse)) return;
  label(out, "refusals");
  print(out, "%llu, 503 with Retry-After\n", number{seen.total.refusals});
}

void print_errors(std::string& out, const tally& t) {
  const std::array<std::pair<const char*, std::uint64_t>, 9> kinds = {
      {{"connections refused", t.refused},
       {"not opened", t.unopened},
       {"broken", t.broken},
       {"requests lost", t.lost},
       {"timed out", t.timeouts},
       {"wrong status", t.bad_status},
       {"framing", t.bad_framing},
       {"length", t.bad_length},
       {"body", t.bad_body}}};
  label(out, "errors");
  if (t.errors() == 0) out += "none";
  const char* between = "";
  for (const auto& [name, count] : kinds) {
    if (count == 0) continue;
    print(out, "%s%llu %s", between, number{count}, name);
    between = ", ";
  }
  out += '\n';
}

void print_generator(std::string& out, const options& asked, const report& seen) {
  label(out, "generator");
  print(out, "%.2f of a core", seen.busiest());
  if (asked.threads > 1) {
    print(out, " (the busiest), %.2f of all", seen.cpu_seconds / std::max(seen.seconds, 1e-9));
  }
  if (asked.open_loop()) {
    print(out, "; sent %s after the plan, p99 %s",
          duration_text(seen.send_lag.percentile(50)).c_str(),
          duration_text(seen.send_lag.percentile(99)).c_str());
    if (seen.waited != 0) {
      print(out, "; %llu requests found no connection free", number{seen.waited});
    }
  } else {
    print(out, "; %.1f answers a turn", seen.answers_per_turn());
  }
  out += '\n';
  if (seen.server_seconds < 0) return;
  label(out, "server");
  print(out, "%.2f of a core", seen.server_seconds / std::max(seen.seconds, 1e-9));
  if (seen.server_seconds > 0) {
    print(out, "; %.0f answers for a second of its CPU",
          static_cast<double>(seen.right_within) / seen.server_seconds);
  }
  out += '\n';
}

void print_limits(std::string& out, const options& asked, const report& seen) {
  const auto reasons = limits_of(asked, seen);
  for (const std::string& reason : reasons) {
    label(out, "LIMITED");
    out += reason + "\n";
  }
  const auto late = behind(asked, seen);
  if (late) {
    label(out, "BEHIND");
    out += *late + "\n";
  }
  if (!reasons.empty() || late) return;
  label(out, "limit");
  out += asked.open_loop() ? "none: it was asked as planned\n"
                           : "the server, or how much was in flight; not the generator\n";
}

}  // namespace

std::string duration_text(std::uint64_t ns) {
  const auto value = static_cast<double>(ns);
  double scaled = value / 1e3;
  const char* unit = "us";
  if (value >= 1e9) {
    scaled = value / 1e9;
    unit = "s";
  } else if (value >= 1e6) {
    scaled = value / 1e6;
    unit = "ms";
  }
  const int decimals = scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0;
  char text[32];
  std::snprintf(text, sizeof text, "%.*f %s", decimals, scaled, unit);
  return text;
}

std::string as_table(const options& asked, const report& seen) {
  std::string out;
  print_title(out, asked, seen);
  print_latencies(out, asked, seen);
  label(out, "answers");
  print(out, "%llu in %.2f s: %.0f/s, %.1f MB/s\n", number{seen.total.answers}, seen.seconds,
        seen.rate(), static_cast<double>(seen.total.bytes) / std::max(seen.seconds, 1e-9) / 1e6);
  if (seen.unfinished != 0) {
    label(out, "unfinished");
    print(out, "%llu requests were out at the end\n", number{seen.unfinished});
  }
  print_refusals(out, asked, seen);
  print_errors(out, seen.total);
  label(out, "connections");
  print(out, "%llu opened, %llu ended by the server\n", number{seen.total.opened},
        number{seen.total.ended});
  print_generator(out, asked, seen);
  print_limits(out, asked, seen);
  return out;
}

}  // namespace shoal::load
