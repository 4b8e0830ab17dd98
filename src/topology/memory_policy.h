// On which NUMA node the pages that the calling thread touches first shall lie. Set it right after
// fork, before the allocations that matter: pages that exist stay where they are.
#pragma once

#include "base/result.h"
#include "topology/machine.h"

namespace shoal::topology {

enum class memory_policy {
  preferred,  ///< there if there is room, else anywhere: never fails for lack of memory
  bind,       ///< there and nowhere else: the kernel kills rather than go elsewhere
};

/// For the calling thread, and threads and processes it starts later. Nothing to do on a machine
/// with one node. Refusal (EPERM under some seccomp filters) is a result to log; callers go on.
[[nodiscard]] result<void> set_memory_policy(const machine& m, memory_policy policy, unsigned node);

}  // namespace shoal::topology
