#include "bench/metric.h"

#include <array>
#include <cmath>

#include "bench/latency.h"

namespace shoal::bench {
namespace {

using value = std::optional<double>;

// In the order of the enumerations.
constexpr metric_facts all_facts[] = {
    {"requests", "requests a second", unit::count, better::more},
    {"requests_a_cpu_second", "requests for a CPU second", unit::count, better::more},
    {"p50", "median latency", unit::seconds, better::less},
    {"p99", "p99 latency", unit::seconds, better::less},
    {"p999", "p99.9 latency", unit::seconds, better::less},
    {"server_cpu", "server's CPU for a request", unit::seconds, better::less},
    {"machine_cpu", "machine's CPU for a request", unit::seconds, better::less},
    {"system_calls", "system calls a request", unit::count, better::less},
    {"completions", "outcomes a turn", unit::count, better::neither},
    {"switches", "context switches a request", unit::count, better::less},
    {"resident", "resident bytes for a connection", unit::bytes, better::less},
};

constexpr std::string_view purposes[] = {"noise",    "throughput", "latency", "cost",
                                         "ablation", "memory",     "dispatch"};

/// Nothing for what is not known and for what no number came of.
value known(double number) noexcept {
  return std::isfinite(number) && number >= 0 ? value(number) : std::nullopt;
}

value quotient(double of, double by) noexcept {
  return known(of) && known(by) && by > 0 ? known(of / by) : std::nullopt;
}

/// In seconds. Of fewer requests it would be the accident of one of them.
value percentile(const latencies& l, double share) noexcept {
  constexpr double beyond_min = 10;
  if (static_cast<double>(count_of(l)) * (1 - share) < beyond_min - 1e-6) return std::nullopt;
  const value ns = percentile_ns(l, share);
  return ns ? value(*ns / 1e9) : std::nullopt;
}

bool any_pair_knows(const point& p, metric of) noexcept {
  for (const measured_pair& pair : p.pairs) {
    if (value_of(pair.a, p.load, of) && value_of(pair.b, p.load, of)) return true;
  }
  return false;
}

}  // namespace

const metric_facts& facts_of(metric m) noexcept { return all_facts[static_cast<std::size_t>(m)]; }

value value_of(const measurement& m, const load_shape& load, metric of) noexcept {
  const auto answers = static_cast<double>(m.answers);
  switch (of) {
    case metric::requests:
      return quotient(answers, m.seconds);
    case metric::requests_a_cpu_second:
      return quotient(answers, m.server_seconds);
    case metric::p50:
      return percentile(m.latency, 0.5);
    case metric::p99:
      return percentile(m.latency, 0.99);
    case metric::p999:
      return percentile(m.latency, 0.999);
    case metric::server_cpu:
      return quotient(m.server_seconds, answers);
    case metric::machine_cpu:
      return quotient(m.machine_seconds, answers);
    case metric::system_calls:
      return quotient(m.system_calls, answers);
    case metric::completions:
      return quotient(m.completions, m.turns);
    case metric::switches:
      return quotient(m.switches, answers);
    case metric::resident:
      return quotient(m.resident_bytes, load.connections);
  }
  return std::nullopt;
}

std::vector<metric> metrics_of(const point& p) {
  if (p.why == purpose::memory) return {metric::resident};
  if (p.why == purpose::cost) {
    return {metric::server_cpu, metric::machine_cpu, metric::system_calls, metric::switches};
  }
  if (open_loop(p.load)) return {metric::p99, metric::p50, metric::p999, metric::server_cpu};
  std::vector<metric> all = {metric::requests_a_cpu_second, metric::requests, metric::p50,
                             metric::p99, metric::system_calls};
  if (!any_pair_knows(p, all.front())) std::swap(all[0], all[1]);
  return all;
}

std::string_view name_of(purpose why) noexcept { return purposes[static_cast<std::size_t>(why)]; }

std::optional<purpose> parse_purpose(std::string_view name) noexcept {
  for (std::size_t i = 0; i < std::size(purposes); ++i) {
    if (purposes[i] == name) return static_cast<purpose>(i);
  }
  return std::nullopt;
}

}  // namespace shoal::bench
