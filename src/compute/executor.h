// Runs jobs on threads that are no loop's. Three do: compute_pool for what computes, blocking_pool
// for what sleeps, and sim/sim_pool on a virtual clock.
#pragma once

#include "base/clock.h"
#include "compute/job.h"
#include "shoal/compute/work_class.h"

namespace shoal::compute {

/// Threads: any.
class executor {
 public:
  /// False: the queue is full, or the executor ends; the job is still the caller's. Never waits,
  /// takes no lock and allocates nothing. Where a thread sleeps that is needed, one system call
  /// wakes it.
  [[nodiscard]] virtual bool submit(job&) noexcept = 0;

  /// How long a job of that class would wait that was submitted now, as far as predictions go.
  [[nodiscard]] virtual nanoseconds predicted_wait(work_class) const noexcept = 0;

 protected:
  ~executor() = default;
};

/// Those of a node process. nullptr: there is none, and what it would run is run where it is.
struct executors {
  executor* compute = nullptr;
  executor* blocking = nullptr;
};

}  // namespace shoal::compute
