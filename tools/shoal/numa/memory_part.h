// Part one: what memory costs, by working set and by node.
#pragma once

#include "base/result.h"
#include "numa/plan.h"
#include "numa/study.h"
#include "numa/watch.h"
#include "topology/machine.h"

namespace shoal::numa {

/// Fills `into.memory`, and says in `into.unseen` what this machine did not let it see. What has
/// been measured stays, whatever happens. Errors: EINTR if `stop` has said so; memory that is not
/// to be had.
[[nodiscard]] result<void> measure_memory(const topology::machine& machine, const plan& what,
                                          const watch& by, study& into);

}  // namespace shoal::numa
