// When a node process has lived for long enough, served enough or grown too much, and is to be
// replaced as by a restart: for handlers that leak. Pure.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/clock.h"

namespace shoal::cluster {

/// Of each node process; 0: no limit.
struct recycling_limits {
  std::uint64_t requests = 0;
  nanoseconds age{0};
  std::uint64_t resident_bytes = 0;

  [[nodiscard]] bool any() const noexcept {
    return requests != 0 || age != nanoseconds::zero() || resident_bytes != 0;
  }
};

/// What is known of one that serves.
struct process_wear {
  pid_t pid = 0;
  nanoseconds age{0};
  std::uint64_t requests = 0;
  std::uint64_t resident_bytes = 0;
};

/// A process is not replaced for its memory before it is as old as this: where the limit is below
/// what any process needs, they would be forked without an end.
inline constexpr nanoseconds recycled_for_memory_after = std::chrono::seconds(60);

/// Empty: not yet; else what it has reached, for the log. Requests and age count with a tenth more
/// or less for each process, so that those who began together do not go together.
[[nodiscard]] std::string why_recycled(const recycling_limits& limits, const process_wear& wear);

}  // namespace shoal::cluster
