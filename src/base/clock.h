// The one clock that timers, heartbeats and latencies use: CLOCK_MONOTONIC in nanoseconds, the same
// in every process of a machine. Wall-clock time exists for the Date header and logs alone.
#pragma once

#include <time.h>

#include <chrono>
#include <cstdint>

namespace shoal {

using nanoseconds = std::chrono::nanoseconds;
using monotonic_time = std::chrono::time_point<std::chrono::steady_clock, nanoseconds>;

/// No deadline: later than every other time.
inline constexpr monotonic_time never = monotonic_time::max();

/// Costs one vDSO call (about 27 ns); loops read it once a turn and hand that value on.
inline monotonic_time read_clock() noexcept { return std::chrono::steady_clock::now(); }

/// What the calling thread has run so far. Cost: a system call.
inline nanoseconds thread_cpu_time() noexcept {
  timespec ran{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ran);
  return std::chrono::seconds(ran.tv_sec) + nanoseconds(ran.tv_nsec);
}

inline std::uint64_t to_ns(monotonic_time t) noexcept {
  return static_cast<std::uint64_t>(t.time_since_epoch().count());
}

}  // namespace shoal
