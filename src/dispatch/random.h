// Anybody, by weight: what the kernel's hash over SO_REUSEPORT amounts to, without its blindness
// for workers that hang. A baseline.
#pragma once

#include "dispatch/candidate.h"

namespace shoal::dispatch {

unsigned random(candidates all, const arrival& a) noexcept;

}  // namespace shoal::dispatch
