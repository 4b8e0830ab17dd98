// What the kernel says about the sockets that a cluster listens on.
#pragma once

#include <vector>

#include "cluster/control/control_target.h"
#include "cluster/listen/listeners.h"

namespace shoal::cluster {

/// One for each address. Costs a system call for each socket.
[[nodiscard]] std::vector<listener_status> look_at(const listeners& sockets, unsigned slots);

}  // namespace shoal::cluster
