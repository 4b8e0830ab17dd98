// How often the kernel has killed a process of our cgroup for want of memory.
#pragma once

#include <cstdint>
#include <string>

namespace shoal::topology {

/// Since the cgroup was made; 0 where it does not say. Under version 2 those of the cgroups below
/// count too.
[[nodiscard]] std::uint64_t count_oom_kills(const std::string& root);

}  // namespace shoal::topology
