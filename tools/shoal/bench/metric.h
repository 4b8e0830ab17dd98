// What can be asked of a measurement, each a positive number, so that two of them have a ratio.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "bench/results.h"

namespace shoal::bench {

enum class metric : std::uint8_t {
  requests,               ///< a second
  requests_a_cpu_second,  ///< for a second of the server's CPU time
  p50,
  p99,
  p999,
  server_cpu,    ///< for a request
  machine_cpu,   ///< of everybody, the generator too, for a request
  system_calls,  ///< for a request
  completions,   ///< outcomes that the driver delivers, for a turn of its loop
  switches,      ///< context switches for a request
  resident,      ///< bytes for a connection
};

/// How its values are written.
enum class unit : std::uint8_t { count, seconds, bytes };

/// Which of two is better.
enum class better : std::uint8_t { more, less, neither };

struct metric_facts {
  std::string_view name;   ///< in JSON: "requests_a_cpu_second"
  std::string_view title;  ///< "requests for a CPU second"
  unit in = unit::count;
  better wins = better::neither;
};

[[nodiscard]] const metric_facts& facts_of(metric m) noexcept;

/// Nothing where it is not known: of another program that has no counters, or of too few requests
/// for a percentile (ten have to lie beyond it).
[[nodiscard]] std::optional<double> value_of(const measurement& m, const load_shape& load,
                                             metric of) noexcept;

[[nodiscard]] inline bool open_loop(const load_shape& load) noexcept { return load.rate > 0; }

/// What a point like this is measured for, the first above all. In an open loop the rate is given,
/// so it is no result.
[[nodiscard]] std::vector<metric> metrics_of(const point& p);

/// "throughput", and back.
[[nodiscard]] std::string_view name_of(purpose why) noexcept;
[[nodiscard]] std::optional<purpose> parse_purpose(std::string_view name) noexcept;

}  // namespace shoal::bench
