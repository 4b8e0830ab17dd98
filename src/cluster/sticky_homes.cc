#include "cluster/sticky_homes.h"

#include "dispatch/sticky.h"

namespace shoal::cluster {

sticky_homes::sticky_homes(const blueprint& plan, unsigned process, unsigned index)
    : first_(plan.first_worker_of(process)), self_(index), workers_(plan.placement.worker_count()) {
  for (unsigned i = 0; i < plan.workers_of(process); ++i) workers_[first_ + i].eligible = true;
}

unsigned sticky_homes::home_of(std::uint64_t key) const noexcept {
  const unsigned home = dispatch::sticky(workers_, {.key = key}) - first_;
  return home == self_ ? http::anywhere : home;
}

}  // namespace shoal::cluster
