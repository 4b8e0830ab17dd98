// Something to be done on another thread for a loop, and the way home from there.
//
//   the home loop   fills it in and submits it; from then on it is the executor's
//   an executor     runs it or does not, says which, and posts it home
//   the home loop   has it back in deliver(): exactly once for each submit() that took it
//
// Made in place by who submits it (a coroutine's frame, as a rule): an executor allocates nothing.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "io/loop.h"
#include "shoal/compute/work_class.h"
#include "shoal/coro/away.h"

namespace shoal::compute {

class wait_forecast;

class job : public io::message, public shoal::detail::job_out {
 public:
  enum class result : std::uint8_t {
    ran,
    given_up,  ///< home no longer wanted it before it began, or the executor ends
    too_late,  ///< it would have begun after `latest_start`
  };
  static constexpr std::uint32_t no_route = ~std::uint32_t{0};

  /// On a thread of the executor. What it writes is seen by deliver().
  virtual void run() noexcept = 0;

  // Set by who submits, before.
  const io::loop* home = nullptr;
  work_class of = work_class::latency;
  std::uint32_t predicted_us = 0;
  std::uint32_t route = no_route;       ///< for reports: an index of the route table
  monotonic_time latest_start = never;  ///< it is not begun after this

  /// Home's, while it is out: it is not run if it has not begun, and comes home all the same. From
  /// now on nobody is told to wait for it, however long it stays in its queue.
  void give_up() noexcept final;
  /// Home sets it; the executor reads it once, when it takes the job out of its queue. Relaxed will
  /// do: it publishes nothing.
  std::atomic<bool> given_up{false};

  // Told by the executor; home reads them from deliver() on.
  result what = result::given_up;
  nanoseconds waited{0};  ///< from submit() until it was taken out
  nanoseconds wall{0};    ///< run()
  nanoseconds cpu{0};     ///< of run()'s thread; wall may be longer: loops come first

  // The executor's while it has the job.
  monotonic_time submitted{};
  nanoseconds foreseen{0};                         ///< to be waited, when it was submitted
  std::atomic<wait_forecast*> counts_in{nullptr};  ///< while it waits and somebody wants it
  bool shares = false;  ///< it was chosen while jobs of the other class waited, too

 protected:
  ~job() = default;
};

}  // namespace shoal::compute
