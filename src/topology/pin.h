// Where the calling thread may run. A container may forbid it (EPERM, EINVAL outside its cpuset):
// that is a result to log, and the server goes on unpinned.
#pragma once

#include "base/result.h"
#include "topology/cpu_list.h"

namespace shoal::topology {

/// Pins the calling thread to one core; threads and processes it starts later inherit that.
[[nodiscard]] result<void> pin_this_thread(unsigned cpu);

/// Keeps the calling thread on these cores: for a node process before it starts its threads.
[[nodiscard]] result<void> confine_this_thread(const cpu_list& cpus);

}  // namespace shoal::topology
