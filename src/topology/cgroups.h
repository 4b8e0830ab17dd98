// Where the files lie that say what a cgroup may use.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace shoal::topology {

/// The directories of the cgroup that <root>/proc/self/cgroup names and of all above it, nearest
/// first, for one controller of version 1 or, without a name, for version 2. What limits an
/// ancestor limits us too. Some may not exist; none where the tree shows no cgroups.
[[nodiscard]] result<std::vector<std::string>> cgroup_directories(const std::string& root,
                                                                  std::string_view controller = {});

}  // namespace shoal::topology
