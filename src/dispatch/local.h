// The worker of the core where the packet came in, else one of that node, else the least loaded: a
// connection that stays where its packets arrive spares the machine caches and remote memory.
//
// A policy that always takes the nearest has no balance, one that leaves at the first difference
// has no locality. Home is left when its load is well above the least: above twice that and a
// margin. Below the margin any load is a handful of requests, and leaving costs more than waiting.
#pragma once

#include "dispatch/candidate.h"

namespace shoal::dispatch {

unsigned local(candidates all, const arrival& a) noexcept;

}  // namespace shoal::dispatch
