#include "open/open_report.h"

#include <array>
#include <cstdarg>
#include <cstdio>

#include "base/json_writer.h"

namespace shoal::open {
namespace {

using number = unsigned long long;

[[gnu::format(printf, 2, 3)]] void print(std::string& to, const char* format, ...) {
  std::array<char, 256> line;
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line.data(), line.size(), format, arguments);
  va_end(arguments);
  to += line.data();
}

double milli(std::uint64_t ns) { return static_cast<double>(ns) / 1e6; }

void print_line(std::string& out, const std::string& name, const class_tally& t) {
  const load::histogram& l = t.latency;
  print(out, "%-12s %9llu %9llu %8llu %7llu %8llu %9.2f %9.2f %9.2f %9.2f\n", name.c_str(),
        number{t.planned}, number{t.answers}, number{t.refusals}, number{t.errors()},
        number{t.timeouts}, milli(l.percentile(50)), milli(l.percentile(99)),
        milli(l.percentile(99.9)), milli(l.most()));
}

void write_latency(json_writer& json, const load::histogram& l) {
  json.begin_object();
  json.member("mean", l.mean());
  json.member("p50", l.percentile(50));
  json.member("p90", l.percentile(90));
  json.member("p99", l.percentile(99));
  json.member("p99.9", l.percentile(99.9));
  json.member("max", l.most());
  json.end_object();
}

void write_tally(json_writer& json, std::string_view name, const class_tally& t) {
  json.key(name);
  json.begin_object();
  json.member("planned", t.planned);
  json.member("answers", t.answers);
  json.member("refusals", t.refusals);
  json.member("timeouts", t.timeouts);
  json.key("errors");
  json.begin_object();
  json.member("lost", t.lost);
  json.member("status", t.bad_status);
  json.member("framing", t.bad_framing);
  json.member("body", t.bad_body);
  json.end_object();
  json.key("latency_ns");
  write_latency(json, t.latency);
  json.key("refusal_latency_ns");
  write_latency(json, t.refusal_latency);
  json.end_object();
}

}  // namespace

class_tally report::all() const {
  class_tally sum;
  for (const class_tally& each : classes) {
    sum.planned += each.planned;
    sum.answers += each.answers;
    sum.lost += each.lost;
    sum.bad_status += each.bad_status;
    sum.bad_framing += each.bad_framing;
    sum.bad_body += each.bad_body;
    sum.refusals += each.refusals;
    sum.timeouts += each.timeouts;
    sum.latency.add(each.latency);
    sum.refusal_latency.add(each.refusal_latency);
  }
  return sum;
}

std::string as_text(const options& asked, const report& seen) {
  std::string out;
  print(out, "http://%s, %.0f requests/s planned, %.0f answered, seed %llu\n", asked.host.c_str(),
        asked.rate, static_cast<double>(seen.answered_within) / seen.seconds, number{asked.seed});
  print(out, "%-12s %9s %9s %8s %7s %8s %9s %9s %9s %9s\n", "latency, ms", "planned", "answers",
        "refusals", "errors", "timeouts", "p50", "p99", "p99.9", "max");
  for (std::size_t i = 0; i < seen.classes.size(); ++i) {
    print_line(out, asked.classes[i].name, seen.classes[i]);
  }
  if (seen.classes.size() > 1) print_line(out, "all", seen.all());
  print(out, "generator    %.2f of a core, late by %.3f ms (p50), %.3f (p99)\n",
        seen.generator_seconds / seen.seconds, milli(seen.lateness.percentile(50)),
        milli(seen.lateness.percentile(99)));
  if (seen.server_seconds >= 0) {
    print(out, "server       %.2f of a core\n", seen.server_seconds / seen.seconds);
  }
  print(out, "connections  %llu opened, %llu ended by the server, %llu refused\n",
        number{seen.opened}, number{seen.ended}, number{seen.refused});
  return out;
}

std::string as_json(const options& asked, const report& seen) {
  std::string out;
  json_writer json(out);
  json.begin_object();
  json.member("seed", asked.seed);
  json.member("rate", asked.rate);
  json.member("connections", asked.connections);
  json.member("seconds", seen.seconds);
  json.member("answered_within", seen.answered_within);
  json.member("generator_cpu_seconds", seen.generator_seconds);
  json.member("server_cpu_seconds", seen.server_seconds);
  json.member("opened", seen.opened);
  json.member("ended", seen.ended);
  json.member("refused", seen.refused);
  json.key("lateness_ns");
  write_latency(json, seen.lateness);
  json.key("classes");
  json.begin_object();
  for (std::size_t i = 0; i < seen.classes.size(); ++i) {
    write_tally(json, asked.classes[i].name, seen.classes[i]);
  }
  json.end_object();
  write_tally(json, "all", seen.all());
  json.end_object();
  return out + "\n";
}

}  // namespace shoal::open
