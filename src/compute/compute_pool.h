// For jobs that compute: as many threads as there are cores for them, which give way to the loops
// on those cores and have a tenth of them in any case.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "compute/at_work.h"
#include "compute/executor.h"
#include "compute/job_queue.h"
#include "compute/pool_thread.h"
#include "topology/thread_priority.h"

namespace shoal::compute {

struct compute_pool_options {
  unsigned threads = 1;
  topology::cpu_list cpus;  ///< empty: wherever the process may run
  int nice = topology::compute_nice;
  std::size_t capacity = 4096;  ///< jobs of each class that wait; a power of two
};

class compute_pool final : public executor {
 public:
  /// Throws std::system_error where the system allows no thread more.
  explicit compute_pool(const compute_pool_options&);
  ~compute_pool() { stop(); }
  compute_pool(const compute_pool&) = delete;
  compute_pool& operator=(const compute_pool&) = delete;

  [[nodiscard]] bool submit(job& j) noexcept override { return queue_.submit(j); }
  [[nodiscard]] nanoseconds predicted_wait(work_class of) const noexcept override {
    return queue_.predicted_wait(of);
  }

  /// What each thread is doing. Threads: any.
  [[nodiscard]] std::span<const at_work> threads() const noexcept { return {told_.get(), count_}; }

  /// Jobs that wait go home given up; returns when those that run have ended. May be called twice,
  /// by the thread that made it, while the loops that jobs come from are still there.
  void stop() noexcept;

 private:
  void work(unsigned number);

  const thread_manner manner_;
  const unsigned count_;
  job_queue queue_;
  const std::unique_ptr<at_work[]> told_;
  std::vector<std::thread> threads_;
};

}  // namespace shoal::compute
