// An executor whose jobs a test runs by hand, one by one.
#pragma once

#include <deque>
#include <utility>

#include "compute/executor.h"

namespace shoal::test {

class hand_pool final : public compute::executor, private io::message {
 public:
  bool submit(compute::job& which) noexcept override {
    if (full) return false;
    queue.push_back(&which);
    return true;
  }
  nanoseconds predicted_wait(work_class) const noexcept override { return wait; }

  /// Takes the oldest job out; in its home's next turn it runs, unless nobody wants it, and in the
  /// turn after it is home.
  void run_next() {
    running_ = queue.front();
    queue.pop_front();
    running_->home->post(*this);
  }
  void refuse_next(compute::job::result why) {
    compute::job& next = *queue.front();
    queue.pop_front();
    next.what = why;
    next.home->post(next);
  }

  std::deque<compute::job*> queue;
  bool full = false;
  nanoseconds wait{0};
  nanoseconds cost = std::chrono::milliseconds(20);

 private:
  void deliver() noexcept override {
    compute::job& job = *running_;
    job.what = job.given_up ? compute::job::result::given_up : compute::job::result::ran;
    job.wall = job.cpu = cost;
    if (job.what == compute::job::result::ran) job.run();
    job.home->post(job);
  }

  compute::job* running_ = nullptr;
};

}  // namespace shoal::test
