// Turn by turn, a worker of weight n n times: what Node's cluster does. `seed` is the number of the
// arrival. It is the right thing where all requests cost the same, and a baseline everywhere else.
#pragma once

#include "dispatch/candidate.h"

namespace shoal::dispatch {

unsigned round_robin(candidates all, const arrival& a) noexcept;

}  // namespace shoal::dispatch
