// Part two: what it costs to hand something from core to core.
#pragma once

#include "base/result.h"
#include "numa/plan.h"
#include "numa/study.h"
#include "numa/watch.h"

namespace shoal::numa {

/// Fills `into.handoff` between its cores, and says in `into.unseen` what could not be seen. What
/// has been measured stays, whatever happens. Errors: EINTR if `stop` has said so; a core that is
/// not permitted.
[[nodiscard]] result<void> measure_handoff(const plan& what, const watch& by, study& into);

}  // namespace shoal::numa
