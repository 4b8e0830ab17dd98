// What processes have used, read from outside: any program's, without a word from it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::bench {

struct process_use {
  std::uint64_t cpu_ns = 0;    ///< of all threads, also those that have ended; to the nanosecond
  std::uint64_t switches = 0;  ///< context switches of the threads that there are, both kinds
  std::uint64_t resident_bytes = 0;
};

/// A process and all that it has started, itself first; those that have ended are left out.
[[nodiscard]] std::vector<pid_t> processes_of(pid_t main);

/// Of all of them together. Nothing if one has ended.
[[nodiscard]] std::optional<process_use> use_of(const std::vector<pid_t>& processes);

/// Of the text of /proc/PID/task/TID/status.
[[nodiscard]] std::uint64_t switches_in(std::string_view status) noexcept;

/// The machine's time so far, of all cores together, in seconds.
struct machine_time {
  double busy = 0;    ///< of anybody, in user mode or in the kernel
  double stolen = 0;  ///< by the hypervisor
  double all = 0;     ///< idle time too
};

/// Of the text of /proc/stat, with so many ticks a second. All zero if it is none.
[[nodiscard]] machine_time machine_time_in(std::string_view stat, long ticks_a_second) noexcept;

/// Now. Resolution: a tick, 10 ms mostly.
[[nodiscard]] machine_time read_machine_time();

}  // namespace shoal::bench
