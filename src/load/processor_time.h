// CPU time of this process and of others, to be read at the same moments.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <span>

namespace shoal::load {

/// User and system time of this process so far, all threads.
[[nodiscard]] std::chrono::nanoseconds own_processor_time() noexcept;

/// User and system time of other processes so far, all their threads, also those that ended.
/// Nothing if one of them is gone. Resolution: one clock tick (10 ms). Cost: a file read for each.
[[nodiscard]] std::optional<std::chrono::nanoseconds> processor_time(std::span<const pid_t> pids);

}  // namespace shoal::load
