#include "load/report_json.h"

#include "base/json_writer.h"
#include "load/own_limits.h"

namespace shoal::load {
namespace {

void write_latency(json_writer& json, const histogram& l) {
  json.begin_object();
  json.member("mean_ns", l.mean());
  json.member("min_ns", l.least());
  json.member("p50_ns", l.percentile(50));
  json.member("p75_ns", l.percentile(75));
  json.member("p90_ns", l.percentile(90));
  json.member("p99_ns", l.percentile(99));
  json.member("p999_ns", l.percentile(99.9));
  json.member("p9999_ns", l.percentile(99.99));
  json.member("max_ns", l.most());
  json.key("buckets");
  json.begin_array();
  l.for_each_bucket([&json](std::uint64_t upper, std::uint64_t count) {
    json.begin_array();
    json.value(upper);
    json.value(count);
    json.end_array();
  });
  json.end_array();
  json.end_object();
}

void write_window(json_writer& json, const window& span) {
  json.key("window");
  json.begin_object();
  json.member("begin_ns", to_ns(span.begin));
  json.key("end_ns");
  if (span.end == never) {
    json.value(nullptr);
  } else {
    json.value(to_ns(span.end));
  }
  json.end_object();
}

/// What only an open loop has.
void write_count(json_writer& json, const char* name, const options& asked, std::uint64_t count) {
  json.key(name);
  if (asked.open_loop()) {
    json.value(count);
  } else {
    json.value(nullptr);
  }
}

void write_errors(json_writer& json, const tally& t) {
  json.key("errors");
  json.begin_object();
  json.member("refused", t.refused);
  json.member("unopened", t.unopened);
  json.member("broken", t.broken);
  json.member("lost", t.lost);
  json.member("status", t.bad_status);
  json.member("framing", t.bad_framing);
  json.member("length", t.bad_length);
  json.member("body", t.bad_body);
  json.member("timeouts", t.timeouts);
  json.end_object();
}

void write_kinds(json_writer& json, const options& asked, const report& seen) {
  json.key("kinds");
  json.begin_array();
  for (std::size_t i = 0; i < seen.kinds.size(); ++i) {
    json.begin_object();
    json.member("name", asked.kinds[i].name);
    json.member("weight", asked.kinds[i].weight);
    json.member("answers", seen.kinds[i].tally.answers);
    json.member("refusals", seen.kinds[i].tally.refusals);
    json.member("errors", seen.kinds[i].tally.failed_requests());
    json.key("latency");
    write_latency(json, seen.kinds[i].latency);
    json.end_object();
  }
  json.end_array();
}

void write_generator(json_writer& json, const options& asked, const report& seen) {
  json.key("generator");
  json.begin_object();
  json.member("busy", seen.busiest());
  json.member("cpu_seconds", seen.cpu_seconds);
  json.member("spun_seconds", seen.spun_seconds);
  json.key("send_lag");
  if (asked.open_loop()) {
    json.begin_object();
    json.member("p50_ns", seen.send_lag.percentile(50));
    json.member("p99_ns", seen.send_lag.percentile(99));
    json.member("max_ns", seen.send_lag.most());
    json.end_object();
  } else {
    json.value(nullptr);
  }
  const auto reasons = limits_of(asked, seen);
  json.member("limited", !reasons.empty());
  json.key("reasons");
  json.begin_array();
  for (const std::string& reason : reasons) json.value(reason);
  json.end_array();
  json.member("behind", behind(asked, seen).has_value());
  json.end_object();
}

}  // namespace

std::string announcement_json(const window& planned) {
  std::string out;
  json_writer json(out);
  json.begin_object();
  write_window(json, planned);
  json.end_object();
  return out + "\n";
}

std::string as_json(const options& asked, const report& seen) {
  std::string out;
  json_writer json(out);
  json.begin_object();
  json.member("target", asked.to.text());
  json.member("mode", asked.open_loop() ? "open" : "closed");
  json.member("driver", seen.driver);
  json.member("threads", asked.threads);
  json.member("connections", asked.connections);
  json.member("pipeline", asked.pipeline);
  json.key("offered_rate");
  if (asked.open_loop()) {
    json.value(asked.rate);
  } else {
    json.value(nullptr);
  }
  json.key("pick");
  if (asked.open_loop()) {
    json.value(name_of(asked.pick));
  } else {
    json.value(nullptr);
  }
  write_window(json, seen.span);
  json.member("seconds", seen.seconds);
  json.member("interrupted", seen.interrupted);
  write_count(json, "planned", asked, seen.planned);
  write_count(json, "waited", asked, seen.waited);
  json.member("answers", seen.total.answers);
  json.member("refusals", seen.total.refusals);
  json.member("unfinished", seen.unfinished);
  json.member("rate", seen.rate());
  json.member("bytes", seen.total.bytes);
  json.member("connections_opened", seen.total.opened);
  json.member("connections_ended", seen.total.ended);
  write_errors(json, seen.total);
  json.key("latency");
  write_latency(json, seen.latency());
  write_kinds(json, asked, seen);
  write_generator(json, asked, seen);
  json.key("server");
  if (seen.server_seconds >= 0) {
    json.begin_object();
    json.member("cpu_seconds", seen.server_seconds);
    json.end_object();
  } else {
    json.value(nullptr);
  }
  json.end_object();
  return out + "\n";
}

}  // namespace shoal::load
