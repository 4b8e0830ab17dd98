#include "dispatch/least_connections.h"

#include "dispatch/least.h"

namespace shoal::dispatch {

unsigned least_connections(candidates all, const arrival& a) noexcept {
  return least(all, a.seed, &candidate::connections);
}

}  // namespace shoal::dispatch
