// The threads of a node process that are no loops: for handlers that compute, on its workers'
// cores, and for calls that sleep, anywhere on its node.
#pragma once

#include <span>

#include "cluster/blueprint.h"
#include "compute/blocking_pool.h"
#include "compute/compute_pool.h"
#include "topology/placement.h"

namespace shoal::cluster {

/// Where the threads that compute may run: the cores of the process's workers.
[[nodiscard]] topology::cpu_list cores_of_workers(const topology::node_place& place);

/// `wanted`, or one for each worker; never more than its workers have cores.
[[nodiscard]] unsigned compute_threads_for(const topology::node_place& place, unsigned wanted);

class process_pools final {
 public:
  /// Throws std::system_error where the system allows no thread more.
  process_pools(const topology::node_place& place, const pool_sizes& sizes);

  [[nodiscard]] compute::executors executors() noexcept {
    return {.compute = &compute_, .blocking = &blocking_};
  }

  /// What the threads that compute are doing.
  [[nodiscard]] std::span<const compute::at_work> at_work() const noexcept {
    return compute_.threads();
  }

  /// While the workers' loops still turn. Waits for jobs that run.
  void stop() noexcept;

 private:
  compute::compute_pool compute_;
  compute::blocking_pool blocking_;
};

}  // namespace shoal::cluster
