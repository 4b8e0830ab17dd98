#include "wire/wire_report.h"

#include "base/json_writer.h"

namespace shoal::bench {
namespace {

void write_errors(json_writer& json, const load::tally& t) {
  json.key("errors");
  json.begin_object();
  json.member("refused", t.refused);
  json.member("unopened", t.unopened);
  json.member("broken", t.broken);
  json.member("status", t.bad_status);
  json.member("framing", t.bad_framing);
  json.member("body", t.bad_body + t.bad_length);
  json.member("timeouts", t.timeouts);
  json.end_object();
  json.member("lost", t.lost);
}

void write_latency(json_writer& json, const load::histogram& l) {
  json.key("latency_ns");
  json.begin_object();
  json.member("min", l.least());
  json.member("mean", l.mean());
  json.member("p50", l.percentile(50));
  json.member("p90", l.percentile(90));
  json.member("p99", l.percentile(99));
  json.member("p99.9", l.percentile(99.9));
  json.member("p99.99", l.percentile(99.99));
  json.member("max", l.most());
  json.end_object();
}

}  // namespace

std::string wire_json(const load::options& asked, const load::report& seen) {
  std::string out;
  json_writer json(out);
  json.begin_object();
  json.member("method", asked.kinds.front().method);
  json.member("path", asked.kinds.front().path);
  json.member("rate", asked.rate);
  json.member("connections", asked.connections);
  json.member("pipeline", asked.pipeline);
  json.member("requests_each", asked.requests_each);
  json.member("driver", seen.driver);
  json.member("seconds", seen.seconds);
  json.member("generator_cpu_seconds", seen.cpu_seconds);
  json.member("server_cpu_seconds", seen.server_seconds);
  json.member("answers_per_turn", seen.answers_per_turn());
  json.member("answers", seen.total.answers);
  json.member("bytes", seen.total.bytes);
  json.member("opened", seen.total.opened);
  json.member("ended", seen.total.ended);
  write_errors(json, seen.total);
  write_latency(json, seen.latency());
  json.end_object();
  return out + "\n";
}

}  // namespace shoal::bench
