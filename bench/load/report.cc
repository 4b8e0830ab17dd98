#include "load/report.h"

#include <array>
#include <cstdarg>
#include <cstdio>

namespace shoal::load {
namespace {

// Names and paths that a caller chose are the only strings that may hold what JSON must escape.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return out + "\"";
}

[[gnu::format(printf, 2, 3)]] void print(std::string& to, const char* format, ...) {
  std::array<char, 512> line;
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line.data(), line.size(), format, arguments);
  va_end(arguments);
  to += line.data();
}

double micro(std::uint64_t ns) { return static_cast<double>(ns) / 1000.0; }

using number = unsigned long long;

void print_errors(std::string& out, const tally& t) {
  print(out, "errors        %llu", number{t.errors()});
  if (t.errors() == 0) {
    out += '\n';
    return;
  }
  print(out, " (refused %llu, not opened %llu, broken %llu, wrong status %llu, framing %llu,",
        number{t.refused}, number{t.unopened}, number{t.broken}, number{t.bad_status},
        number{t.bad_framing});
  print(out, " body %llu), %llu requests lost\n", number{t.bad_body}, number{t.lost});
}

}  // namespace

std::string as_text(const options& asked, const report& seen) {
  std::string out;
  const histogram& l = seen.latency;
  print(out, "%s http://%s%s, %u connections, %u in flight on each, %s generator\n",
        asked.method.c_str(), asked.host.c_str(), asked.path.c_str(), asked.connections,
        asked.pipeline, seen.driver.c_str());
  print(out, "requests      %llu in %.2f s: %.0f/s, %.1f MB/s\n", number{seen.total.answers},
        seen.seconds, seen.rate(), static_cast<double>(seen.total.bytes) / seen.seconds / 1e6);
  print(out, "latency, us   p50 %.1f, p90 %.1f, p99 %.1f, p99.9 %.1f, max %.1f, mean %.1f\n",
        micro(l.percentile(50)), micro(l.percentile(90)), micro(l.percentile(99)),
        micro(l.percentile(99.9)), micro(l.most()), l.mean() / 1000.0);
  print(out, "generator     %.2f of a core, %.1f answers a turn\n",
        seen.generator_seconds / seen.seconds, seen.answers_per_turn());
  if (seen.server_seconds > 0) {
    print(out, "server        %.2f of a core, %.0f requests for a second of its CPU\n",
          seen.server_seconds / seen.seconds,
          static_cast<double>(seen.total.answers) / seen.server_seconds);
  }
  print(out, "connections   %llu opened, %llu ended by the server\n", number{seen.total.opened},
        number{seen.total.ended});
  print_errors(out, seen.total);
  return out;
}

std::string as_json(const options& asked, const report& seen) {
  std::string out;
  const tally& t = seen.total;
  const histogram& l = seen.latency;
  out += "{\"method\":" + quoted(asked.method) + ",\"path\":" + quoted(asked.path);
  print(out, ",\"rate\":%g", asked.rate);
  print(out, ",\"connections\":%u,\"pipeline\":%u,\"requests_each\":%llu,\"driver\":\"%s\"",
        asked.connections, asked.pipeline, number{asked.requests_each}, seen.driver.c_str());
  print(out, ",\"seconds\":%.6f,\"generator_cpu_seconds\":%.6f,\"server_cpu_seconds\":%.3f",
        seen.seconds, seen.generator_seconds, seen.server_seconds);
  print(out, ",\"answers_per_turn\":%.2f", seen.answers_per_turn());
  print(out, ",\"answers\":%llu,\"bytes\":%llu,\"opened\":%llu,\"ended\":%llu", number{t.answers},
        number{t.bytes}, number{t.opened}, number{t.ended});
  print(out, ",\"errors\":{\"refused\":%llu,\"unopened\":%llu,\"broken\":%llu", number{t.refused},
        number{t.unopened}, number{t.broken});
  print(out, ",\"status\":%llu,\"framing\":%llu,\"body\":%llu},\"lost\":%llu", number{t.bad_status},
        number{t.bad_framing}, number{t.bad_body}, number{t.lost});
  print(out, ",\"latency_ns\":{\"min\":%llu,\"mean\":%.0f,\"p50\":%llu,\"p90\":%llu",
        number{l.least()}, l.mean(), number{l.percentile(50)}, number{l.percentile(90)});
  print(out, ",\"p99\":%llu,\"p99.9\":%llu,\"p99.99\":%llu,\"max\":%llu}}\n",
        number{l.percentile(99)}, number{l.percentile(99.9)}, number{l.percentile(99.99)},
        number{l.most()});
  return out;
}

}  // namespace shoal::load
