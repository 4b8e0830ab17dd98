#include "cluster/node/sticky_homes.h"

#include <utility>

#include "dispatch/sticky.h"

namespace shoal::cluster {

sticky_homes::sticky_homes(const shm::load_segment& segment, unsigned self)
    : segment_(segment), self_(self), workers_(segment.slot_count()) {
  workers_[self].eligible = true;
}

bool sticky_homes::have_changed(monotonic_time now) noexcept {
  if (now < next_look_) return false;
  next_look_ = now + look_every;
  bool changed = has_strays_ && now >= strays_leave_;
  if (changed) {
    has_strays_ = false;
    strays_leave_ = now + strays_stay;
  }
  for (unsigned w = 0; w < workers_.size(); ++w) {
    const auto state = segment_.slot(w).state.load(std::memory_order_relaxed);
    const bool ready = w == self_ || state == static_cast<std::uint64_t>(shm::worker_state::ready);
    changed |= std::exchange(workers_[w].eligible, ready) != ready;
  }
  return changed;
}

unsigned sticky_homes::home_of(std::uint64_t key) const noexcept {
  return dispatch::sticky(workers_, {.key = key});
}

}  // namespace shoal::cluster
