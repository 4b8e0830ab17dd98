// What runs in a forked child: its main thread starts the workers, then sleeps until the supervisor
// or a signal says something.
#pragma once

#include "cluster/blueprint.h"

namespace shoal::cluster {

/// Until it is drained: by a note, by TERM from anybody, or because the supervisor is gone. Returns
/// exit_stopped, or exit_boot_failed after it has told the supervisor why. Afterwards the process
/// must end at once: after a failed boot, threads may still be running.
[[nodiscard]] int run_node_process(const blueprint& plan, const process_identity& who, int channel);

}  // namespace shoal::cluster
