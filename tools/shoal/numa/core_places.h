// The cores of this machine with what lies around them: physical core, caches, node.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "numa/study.h"
#include "topology/machine.h"

namespace shoal::numa {

/// Of those cores of `machine` that are in `able`. Reads <root>/sys/devices/system/cpu; what is not
/// there is left out, as in a container that hides it.
[[nodiscard]] std::vector<core_place> read_core_places(const topology::machine& machine,
                                                       const topology::cpu_list& able,
                                                       const std::string& root = "/");

/// The largest cache for data that any of them has; 0 if the kernel does not say.
[[nodiscard]] std::uint64_t last_level_bytes(const std::vector<core_place>& cores) noexcept;

[[nodiscard]] nearness nearness_of(const core_place& a, const core_place& b) noexcept;

/// "same last-level cache".
[[nodiscard]] const char* name_of(nearness how) noexcept;

}  // namespace shoal::numa
