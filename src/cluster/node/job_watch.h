// Sees jobs that run for so long on a thread that computes that somebody should know of it. Nobody
// ends them: a job that never ends takes a core from the others of its kind, and no more.
#pragma once

#include <span>
#include <vector>

#include "base/clock.h"
#include "compute/at_work.h"

namespace shoal::cluster {

/// Threads: one.
class job_watch final {
 public:
  static constexpr nanoseconds patience = std::chrono::seconds(1);

  explicit job_watch(std::span<const compute::at_work> threads)
      : threads_(threads), told_(threads.size()) {}

  /// Those that have run for longer than `patience`, each once.
  [[nodiscard]] std::vector<compute::at_work::view> look(monotonic_time now);

  /// Whether any thread is at work, that it should be looked at again.
  [[nodiscard]] bool cares() const noexcept;

 private:
  const std::span<const compute::at_work> threads_;
  std::vector<monotonic_time> told_;  ///< when the job began that was told of last
};

}  // namespace shoal::cluster
