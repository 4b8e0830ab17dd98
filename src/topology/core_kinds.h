// Which cores are fast and which are frugal, on machines that have both.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "topology/machine.h"

namespace shoal::topology {

/// Sets the kind of each core: by <root>/sys/devices/cpu_core/cpus and cpu_atom/cpus, which x86 has
/// on hybrid processors alone, else by cpuN/cpu_capacity, where the greatest is 1024: a core with
/// less than three quarters of it is frugal. (Cores of one kind differ by some percent, those of
/// two by half.) All stay unknown where all are alike. `root` is a prefix: "" for "/".
[[nodiscard]] result<void> tell_core_kinds(const std::string& root, std::vector<core>& cores);

}  // namespace shoal::topology
