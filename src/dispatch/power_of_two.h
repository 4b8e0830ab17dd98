// The less loaded of two drawn by weight. It needs no ledger: however stale the reports, a worker
// is drawn in two of n decisions at most, so nothing herds. Rare requests that are very long escape
// it.
#pragma once

#include "dispatch/candidate.h"

namespace shoal::dispatch {

unsigned power_of_two(candidates all, const arrival& a) noexcept;

}  // namespace shoal::dispatch
