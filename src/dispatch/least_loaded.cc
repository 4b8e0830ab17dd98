#include "dispatch/least_loaded.h"

#include "dispatch/least.h"

namespace shoal::dispatch {

unsigned least_loaded(candidates all, const arrival& a) noexcept {
  return least(all, a.seed, &candidate::work_us);
}

}  // namespace shoal::dispatch
