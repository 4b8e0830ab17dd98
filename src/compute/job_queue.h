// What a pool's threads have in common: jobs of two classes that wait, how they are chosen among,
// and what happens to one that is taken out.
#pragma once

#include <cstddef>

#include "base/clock.h"
#include "compute/at_work.h"
#include "compute/class_share.h"
#include "compute/event_count.h"
#include "compute/job.h"
#include "compute/ring.h"
#include "compute/wait_forecast.h"

namespace shoal::compute {

/// Decides about a job that is taken out of a queue: `ran` if it shall run. Sets what it has
/// waited.
[[nodiscard]] job::result judge(job& j, monotonic_time now) noexcept;
/// It may be gone afterwards.
void send_home(job& j, job::result what) noexcept;

/// Threads: any, but for close().
class job_queue final {
 public:
  /// `capacity`: of each class; a power of two. `threads`: as many as may run jobs at once.
  job_queue(std::size_t capacity, unsigned threads);

  // As executor's.
  [[nodiscard]] bool submit(job&) noexcept;
  [[nodiscard]] nanoseconds predicted_wait(work_class of) const noexcept {
    return forecast_.predict(of);
  }

  // The pool's threads'.

  /// Waits for a job. nullptr: none came until then, or the queue is closed.
  [[nodiscard]] job* take(monotonic_time until = never) noexcept;
  /// Runs it, or does not, and sends it home.
  void serve(job&, at_work& told) noexcept;

  // The owner's.

  /// Once. Nothing is submitted or taken any more; who sleeps wakes up, and what waits goes home
  /// given up.
  void close() noexcept;
  [[nodiscard]] bool closed() const noexcept { return rings_[0].closed(); }

 private:
  [[nodiscard]] job* pop() noexcept;
  void run(job&, at_work& told) noexcept;

  ring<job> rings_[work_classes];
  class_share share_;
  wait_forecast forecast_;
  event_count sleepers_;
};

}  // namespace shoal::compute
