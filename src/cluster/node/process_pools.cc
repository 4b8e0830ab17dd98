#include "cluster/node/process_pools.h"

#include <algorithm>

namespace shoal::cluster {

/// Workers that are not pinned may be anywhere on the node, and what they ask for likewise.
topology::cpu_list cores_of_workers(const topology::node_place& place) {
  topology::cpu_list cores;
  for (const auto& worker : place.workers) {
    if (!worker.pinned) return place.cpus;
    cores.push_back(worker.core);
  }
  std::sort(cores.begin(), cores.end());
  cores.erase(std::unique(cores.begin(), cores.end()), cores.end());
  return cores;
}

unsigned compute_threads_for(const topology::node_place& place, unsigned wanted) {
  const auto cores = static_cast<unsigned>(cores_of_workers(place).size());
  const auto workers = static_cast<unsigned>(place.workers.size());
  return std::max(1U, std::min(cores, wanted == 0 ? workers : wanted));
}

process_pools::process_pools(const topology::node_place& place, const pool_sizes& sizes)
    : compute_(
          {.threads = compute_threads_for(place, sizes.compute), .cpus = cores_of_workers(place)}),
      blocking_({.threads = sizes.blocking, .cpus = place.cpus}) {}

void process_pools::stop() noexcept {
  compute_.stop();
  blocking_.stop();
}

}  // namespace shoal::cluster
