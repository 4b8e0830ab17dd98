#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace shoal::bench {

/// What a measured server has done since it began, all at one moment. Monotone.
struct server_counters {
  std::uint64_t now_ns = 0;     ///< of the monotonic clock
  std::uint64_t cpu_ns = 0;     ///< of the process
  std::uint64_t kernel_ns = 0;  ///< of that; by the kernel's ticks, so of little weight when short
  std::uint64_t requests = 0;
  std::optional<std::uint64_t> system_calls;  ///< nothing: nobody counts them
  std::uint64_t turns = 0;
  std::uint64_t completions = 0;
  std::vector<std::uint64_t> batches;  ///< turns by their outcomes: none, 1, 2 to 3, 4 to 7, ...
};

}  // namespace shoal::bench
