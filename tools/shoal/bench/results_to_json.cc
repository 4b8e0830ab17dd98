#include "base/json_writer.h"
#include "bench/file_text.h"
#include "bench/metric.h"
#include "bench/results_json.h"

namespace shoal::bench {
namespace {

void write_load(json_writer& json, const load_shape& load) {
  json.key("load");
  json.begin_object();
  json.member("connections", load.connections);
  json.member("pipeline", load.pipeline);
  json.member("requests_each", load.requests_each);
  json.member("body_bytes", load.body_bytes);
  json.member("work_us", load.work_us);
  json.member("work_percent", load.work_percent);
  json.member("rate", load.rate);
  json.member("share", load.share);
  json.end_object();
}

/// Two lists, which are half as long as a list of pairs.
void write_latency(json_writer& json, const latencies& l) {
  json.key("latency");
  json.begin_object();
  json.key("upper_ns");
  json.begin_array();
  for (const auto& bucket : l) json.value(bucket.first);
  json.end_array();
  json.key("count");
  json.begin_array();
  for (const auto& bucket : l) json.value(bucket.second);
  json.end_array();
  json.end_object();
}

void write_measurement(json_writer& json, std::string_view name, const measurement& m) {
  json.key(name);
  json.begin_object();
  json.member("seconds", m.seconds);
  json.member("answers", m.answers);
  json.member("errors", m.errors);
  json.member("server_seconds", m.server_seconds);
  json.member("system_calls", m.system_calls);
  json.member("turns", m.turns);
  json.member("completions", m.completions);
  json.member("switches", m.switches);
  json.member("resident_bytes", m.resident_bytes);
  json.member("machine_seconds", m.machine_seconds);
  json.member("steal_share", m.steal_share);
  json.member("generator_busy", m.generator_busy);
  json.member("send_lag_ns", m.send_lag_ns);
  json.member("generator_limited", m.generator_limited);
  json.member("behind", m.behind);
  write_latency(json, m.latency);
  json.end_object();
}

void write_point(json_writer& json, const point& p) {
  json.begin_object();
  json.member("why", name_of(p.why));
  json.member("a", p.a);
  json.member("b", p.b);
  write_load(json, p.load);
  json.member("repeated", p.repeated);
  json.key("pairs");
  json.begin_array();
  for (const measured_pair& pair : p.pairs) {
    json.begin_object();
    write_measurement(json, "a", pair.a);
    write_measurement(json, "b", pair.b);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_machine(json_writer& json, const std::vector<fact>& facts) {
  json.key("machine");
  json.begin_array();
  for (const auto& [name, value] : facts) {
    json.begin_object();
    json.member("name", name);
    json.member("value", value);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string to_json(const results& all) {
  std::string text;
  json_writer json(text);
  json.begin_object();
  json.member("format", "shoal bench results");
  json.member("version", results_version);
  json.member("plan", all.plan);
  json.member("began", all.began);
  json.member("seconds", all.seconds);
  json.member("complete", all.complete);
  json.member("ended_by", all.ended_by);
  json.member("system_call_ns", all.system_call_ns);
  json.member("wake_ns", all.wake_ns);
  write_machine(json, all.machine);
  json.key("points");
  json.begin_array();
  for (const point& p : all.points) write_point(json, p);
  json.end_array();
  json.end_object();
  return text + "\n";
}

result<void> write_results(const results& all, const std::string& path) {
  return write_file(path, to_json(all));
}

}  // namespace shoal::bench
