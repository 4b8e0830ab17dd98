#pragma once

#include <sys/resource.h>

#include "base/clock.h"
#include "http/route_costs.h"

namespace shoal::http {

/// Measures a stretch of a handler on this thread.
class handler_clock final {
 public:
  /// `causes`: also what the time went to. Cost: two system calls, and two more in stop().
  void start(bool causes) noexcept {
    causes_ = causes;
    began_ = read_clock();
    if (causes_) thread_began_ = look();
  }
  [[nodiscard]] bool runs() const noexcept { return began_ != monotonic_time{}; }
  [[nodiscard]] handler_run stop() noexcept {
    handler_run took{.wall = read_clock() - began_};
    took.cpu = took.wall;
    if (causes_) {
      const thread_use now = look();
      took.cpu = now.cpu - thread_began_.cpu;
      took.waited = now.waits != thread_began_.waits;
    }
    began_ = {};
    return took;
  }

 private:
  struct thread_use {
    nanoseconds cpu{0};
    long waits = 0;
  };

  [[nodiscard]] static thread_use look() noexcept {
    rusage used{};
    ::getrusage(RUSAGE_THREAD, &used);
    return {thread_cpu_time(), used.ru_nvcsw};
  }

  monotonic_time began_{};
  thread_use thread_began_;
  bool causes_ = false;
};

}  // namespace shoal::http
