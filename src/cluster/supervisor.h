// The parent of all node processes: it forks them, hears when they are ready or gone, replaces what
// dies, and takes all of them with it when it ends. It looks at no client's bytes.
#pragma once

#include "cluster/blueprint.h"

namespace shoal::cluster {

/// Runs the cluster on the calling thread until it is stopped or must give up; returns an
/// exit_code, and no child is left. TERM, INT and QUIT drain, a second one of them stops at once.
/// Threads: the process must have no other when it is called.
[[nodiscard]] int supervise(const blueprint& plan);

}  // namespace shoal::cluster
