#pragma once

#include <ctime>

#include "base/clock.h"
#include "http/route_costs.h"

namespace shoal::http {

/// Measures a stretch of a handler on this thread. Cost: a system call each time.
class handler_clock final {
 public:
  void start() noexcept {
    began_ = read_clock();
    cpu_began_ = thread_time();
  }
  [[nodiscard]] bool runs() const noexcept { return began_ != monotonic_time{}; }
  [[nodiscard]] handler_run stop() noexcept {
    const handler_run took{read_clock() - began_, thread_time() - cpu_began_};
    began_ = {};
    return took;
  }

 private:
  [[nodiscard]] static nanoseconds thread_time() noexcept {
    timespec t{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return std::chrono::seconds(t.tv_sec) + nanoseconds(t.tv_nsec);
  }

  monotonic_time began_{};
  nanoseconds cpu_began_{0};
};

}  // namespace shoal::http
