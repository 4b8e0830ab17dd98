// What <root>/sys/devices/system/node says: the memory of each node, and how far it is.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "topology/machine.h"

namespace shoal::topology {

/// Online nodes, ascending by id, with those of their cores that are `online`. A kernel without
/// NUMA gives one node 0 that has no cores yet, and all memory of /proc/meminfo. `root` is a
/// prefix: "" for "/".
[[nodiscard]] result<std::vector<numa_node>> read_numa_nodes(const std::string& root,
                                                             const cpu_list& online);

}  // namespace shoal::topology
