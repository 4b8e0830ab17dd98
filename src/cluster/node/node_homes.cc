#include "cluster/node/node_homes.h"

#include <algorithm>

#include "dispatch/comes_home.h"
#include "dispatch/consider.h"
#include "dispatch/steering.h"
#include "shm/slot_reader.h"

namespace shoal::cluster {
namespace {

bool has_worker(const topology::placement& placement, unsigned node) {
  return std::any_of(placement.processes.begin(), placement.processes.end(),
                     [node](const topology::node_place& p) {
                       return std::any_of(
                           p.workers.begin(), p.workers.end(),
                           [node](const topology::worker_place& w) { return w.node == node; });
                     });
}

}  // namespace

node_homes::node_homes(const topology::machine& machine, const topology::placement& placement,
                       const shm::load_segment& segment, shm::page_tally& counts, unsigned self,
                       unsigned node, look& where)
    : segment_(segment),
      counts_(counts),
      self_(self),
      where_(where),
      others_(machine.cores.back().id + 1, http::no_node),
      far_(others_.size()),
      workers_(segment.slot_count()) {
  for (const topology::core& core : machine.cores) {
    far_[core.id] = core.node != node;
    if (core.node == node || core.node >= http::no_node || !has_worker(placement, core.node)) {
      continue;
    }
    others_[core.id] = static_cast<std::uint16_t>(core.node);
  }
}

std::uint16_t node_homes::node_of(int socket) const noexcept {
  const auto cpu = where_(socket);
  if (!cpu || *cpu >= others_.size()) return http::no_node;
  // Two processes have the worker's number while one takes over from the other.
  (far_[*cpu] ? counts_.far : counts_.near).fetch_add(1, std::memory_order_relaxed);
  return others_[*cpu];
}

bool node_homes::may_go(std::uint16_t node, monotonic_time now) noexcept {
  if (now >= period_ends_) {
    period_ends_ = now + period;
    may_ask_ = most_asked;
  }
  if (may_ask_ == 0) return false;
  --may_ask_;
  for (unsigned w = 0; w < workers_.size(); ++w) {
    workers_[w] = dispatch::consider(shm::read_slot(segment_.slot(w)), dispatch::steer_stall);
  }
  return dispatch::comes_home(workers_, self_, node);
}

}  // namespace shoal::cluster
