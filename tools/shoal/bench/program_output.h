// What the processes of a measurement print, as data: the servers' port and counters, and what
// `shoal load --json` has seen.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "bench/counters.h"
#include "bench/results.h"

namespace shoal::bench {

/// When a load is measured.
struct steady_time {
  monotonic_time begin;
  monotonic_time end;
};

/// Of {"window":{"begin_ns":N,"end_ns":N}}, which `shoal load --announce` begins with.
[[nodiscard]] result<steady_time> window_in(std::string_view json);

/// Of {"port":N,...}.
[[nodiscard]] result<std::uint16_t> port_in(std::string_view json);

/// What GET /counters answers: {"now_ns", "cpu_ns", "kernel_ns", "requests", "system_calls" (null:
/// nobody counts them), "turns", "completions", "batches"} (counters.h).
[[nodiscard]] std::string to_json(const server_counters& counters);
[[nodiscard]] result<server_counters> counters_in(std::string_view json);

/// The load's own figures, and nothing of the server's: seconds, answers, errors, latency, and how
/// busy and how late the generator was.
struct seen_by_load {
  measurement measured;
  double spun_seconds = 0;  ///< of CPU time, in which it looked for what was about to be due
};

[[nodiscard]] result<seen_by_load> load_in(std::string_view json);

}  // namespace shoal::bench
