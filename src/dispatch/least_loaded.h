// To the worker that will be free first: the least predicted work for its weight. With what was
// given and not yet seen counted in, it does not herd on reports that are stale; without, it is
// worse than random from some ten service times of staleness on (docs/why/dispatch.md).
#pragma once

#include "dispatch/candidate.h"

namespace shoal::dispatch {

unsigned least_loaded(candidates all, const arrival& a) noexcept;

}  // namespace shoal::dispatch
