// The fewest open connections for its weight. It spreads connections and not work: a tenth of them
// ten times as busy as the others, and its p99 is fourteen times that of measured load. Right where
// connections are long, alike and mostly idle.
#pragma once

#include "dispatch/candidate.h"

namespace shoal::dispatch {

unsigned least_connections(candidates all, const arrival& a) noexcept;

}  // namespace shoal::dispatch
