// (Not limits.h: that would hide the system's header of this name.)
// What this process may use of the machine: affinity mask, cpuset and CPU quota. A container's
// share, not the hardware's size, says how many workers make sense.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "topology/cpu_list.h"

namespace shoal::topology {

struct limits {
  cpu_list affinity;  ///< sched_getaffinity

  std::optional<cpu_list> cpuset;  ///< the cgroup's and all its ancestors' together
  std::string cpuset_file;         ///< the file that narrowed it most

  std::optional<double> quota_cores;  ///< the smallest on the way to the root; 1.5 = 150 ms in 100
  std::string quota_file;             ///< the file it stands in
};

/// The calling thread's mask.
[[nodiscard]] result<cpu_list> read_affinity();

/// Reads the cgroup that <root>/proc/self/cgroup names, version 2 and 1, and all its ancestors.
/// Where the tree shows no cgroups there is no limit. A file that does not parse is an error that
/// names it.
[[nodiscard]] result<limits> read_limits(const std::string& root, cpu_list affinity);

}  // namespace shoal::topology
