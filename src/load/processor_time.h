// CPU time of other processes.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <span>

namespace shoal::load {

/// User and system time of other processes so far, all their threads, also those that ended.
/// Nothing if one of them is gone. Resolution: one clock tick (10 ms). Cost: a file read for each.
[[nodiscard]] std::optional<std::chrono::nanoseconds> processor_time(std::span<const pid_t> pids);

}  // namespace shoal::load
