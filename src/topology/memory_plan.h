// Which memory a node process shall have: from where its cores are and what is wished to nodes and
// a policy for them. Pure, as the rest of a plan.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "topology/machine.h"
#include "topology/memory_policy.h"

namespace shoal::topology {

struct memory_choice {
  memory_place where;
  std::string shortfall;  ///< what could not be had; empty: nothing
};

/// Of a process on these NUMA nodes. nullopt: it prefers its node; where it has several each thread
/// gets what is near it, and where its nodes have no memory the kernel takes the nearest.
[[nodiscard]] memory_choice memory_near(const machine& m, const std::vector<unsigned>& nodes,
                                        std::optional<memory_policy> policy);

/// Over all nodes that have memory.
[[nodiscard]] memory_choice memory_over_all(const machine& m, memory_policy policy);

/// On the node farthest from `node` that has memory; of several the next one by number.
[[nodiscard]] result<memory_place> memory_far_from(const machine& m, unsigned node,
                                                   memory_policy policy);

}  // namespace shoal::topology
