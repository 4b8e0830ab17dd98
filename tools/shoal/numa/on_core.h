// Work on one core, in the memory of one node.
#pragma once

#include <functional>

#include "base/result.h"
#include "topology/machine.h"

namespace shoal::numa {

struct spot {
  unsigned cpu = 0;
  unsigned memory_node = 0;
};

/// Runs `work` on a thread of its own, pinned to the core, whose new pages lie in the node's memory
/// and nowhere else; returns when it has ended. Errors: the core, or a policy for memory, is not
/// permitted here; `work` has not run then.
[[nodiscard]] result<void> on_core(const topology::machine& machine, const spot& where,
                                   const std::function<result<void>()>& work);

}  // namespace shoal::numa
