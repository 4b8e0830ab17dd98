// Where pages lie and where workers run, as node processes have looked last
// (cluster/node/page_watch).
#pragma once

#include <span>

#include "observe/exposition.h"
#include "observe/overview.h"
#include "observe/worker_metrics.h"

namespace shoal::observe {

/// What nobody has looked at yet is left out.
void tell_numa(exposition& to, const overview& cluster, std::span<const seen_worker> workers);

}  // namespace shoal::observe
