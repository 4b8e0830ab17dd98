#include "bench/program_output.h"

#include <nlohmann/json.hpp>

#include "base/json_writer.h"
#include "bench/latency.h"

namespace shoal::bench {
namespace {

using nlohmann::json;

/// What `take` makes of the document, or where it is not as it should be.
template <typename T, typename Take>
result<T> read(std::string_view text, const char* what, Take take) try {
  return result<T>(take(json::parse(text)));
} catch (const json::exception& wrong) {
  return error{0, std::string(what) + " is not as it should be: " + wrong.what()};
}

/// A connection that broke is there as the requests that it lost.
std::uint64_t sum_of(const json& errors) {
  std::uint64_t sum = 0;
  for (const auto& [name, count] : errors.items()) {
    if (name != "broken") sum += count.get<std::uint64_t>();
  }
  return sum;
}

seen_by_load measured_by(const json& load) {
  seen_by_load seen;
  measurement& m = seen.measured;
  m.seconds = load.at("seconds");
  m.answers = load.at("answers");
  m.errors = sum_of(load.at("errors"));
  latencies fine;
  for (const auto& bucket : load.at("latency").at("buckets")) {
    fine.emplace_back(bucket.at(0), bucket.at(1));
  }
  m.latency = coarser(fine);
  const json& generator = load.at("generator");
  m.generator_busy = generator.at("busy");
  m.generator_limited = generator.at("limited");
  m.behind = generator.at("behind");
  if (!generator.at("send_lag").is_null()) m.send_lag_ns = generator.at("send_lag").at("p50_ns");
  seen.spun_seconds = generator.at("spun_seconds");
  return seen;
}

monotonic_time since_boot(const json& ns) {
  return monotonic_time(nanoseconds(ns.get<nanoseconds::rep>()));
}

}  // namespace

result<steady_time> window_in(std::string_view text) {
  return read<steady_time>(text, "what shoal load announces", [](const json& said) {
    const json& window = said.at("window");
    return steady_time{since_boot(window.at("begin_ns")), since_boot(window.at("end_ns"))};
  });
}

result<std::uint16_t> port_in(std::string_view text) {
  return read<std::uint16_t>(text, "what the server says of its port",
                             [](const json& said) { return said.at("port").get<std::uint16_t>(); });
}

std::string to_json(const server_counters& counters) {
  std::string text;
  json_writer json(text);
  json.begin_object();
  json.member("now_ns", counters.now_ns);
  json.member("cpu_ns", counters.cpu_ns);
  json.member("kernel_ns", counters.kernel_ns);
  json.member("requests", counters.requests);
  if (counters.system_calls) {
    json.member("system_calls", *counters.system_calls);
  } else {
    json.member("system_calls", nullptr);
  }
  json.member("turns", counters.turns);
  json.member("completions", counters.completions);
  json.key("batches");
  json.begin_array();
  for (const auto turns : counters.batches) json.value(turns);
  json.end_array();
  json.end_object();
  return text;
}

result<server_counters> counters_in(std::string_view text) {
  return read<server_counters>(text, "GET /counters", [](const json& said) {
    server_counters c;
    c.now_ns = said.at("now_ns");
    c.cpu_ns = said.at("cpu_ns");
    c.kernel_ns = said.at("kernel_ns");
    c.requests = said.at("requests");
    if (!said.at("system_calls").is_null()) {
      c.system_calls = said.at("system_calls").get<std::uint64_t>();
    }
    c.turns = said.at("turns");
    c.completions = said.at("completions");
    c.batches = said.at("batches").get<std::vector<std::uint64_t>>();
    return c;
  });
}

result<seen_by_load> load_in(std::string_view text) {
  return read<seen_by_load>(text, "what shoal load says", measured_by);
}

}  // namespace shoal::bench
