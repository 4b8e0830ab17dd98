// Finding the load segments of running servers, from outside and without asking anybody: whoever
// holds one shows a descriptor "/memfd:shoal.load (deleted)" under /proc.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "shm/load_segment.h"

namespace shoal::shm {

struct found_segment {
  load_view view;
  std::vector<std::uint64_t> holders;  ///< processes with its descriptor, ascending; our PID space
  std::uint64_t supervisor = 0;  ///< the holder that created it; 0: it is dead, children hold it
};

struct found_segments {
  std::vector<found_segment> segments;  ///< ascending by first holder
  std::vector<error> refused;  ///< load segments that could not be read (another layout version)
};

/// Looks at every process whose descriptors we may see: our own user's, or all as root. Each
/// segment comes once, however many processes hold it. Processes come and go meanwhile; what
/// vanishes under the hands is left out. Cost: one readlink for each open descriptor.
[[nodiscard]] found_segments find_load_segments();

}  // namespace shoal::shm
