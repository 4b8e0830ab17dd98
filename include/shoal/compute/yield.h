#pragma once

#include <coroutine>

#include "shoal/coro/away.h"
#include "shoal/io/sleep.h"

namespace shoal {

namespace detail {

/// Whether this thread has run one handler for so long that others should have their turn: a
/// millisecond on a worker's loop, ten on the compute pool. Cost: a look at the clock.
[[nodiscard]] bool slice_is_over() noexcept;

/// What `co_await yield_if_needed()` waits with.
class [[nodiscard]] yielding final {
 public:
  using on_any_thread = void;  // away.h

  void belongs_to(task_root* root) noexcept { wait_.set_root(root); }
  [[nodiscard]] bool await_ready() noexcept { return !(waits_ = slice_is_over()); }
  template <typename Promise>
  void await_suspend(std::coroutine_handle<Promise> self) {
    wait_.await_suspend(self);
  }
  void await_resume() {
    if (waits_) wait_.await_resume();
  }

 private:
  sleep_awaiter turn_{std::chrono::nanoseconds(0)};
  at_home<sleep_awaiter&> wait_{turn_, nullptr};
  bool waits_ = false;
};

}  // namespace detail

/// co_await it: lets others have their turn, then goes on: the worker's other connections, or, on
/// the compute pool, those who wait for it.
[[nodiscard]] inline sleep_awaiter yield() noexcept {
  return sleep_awaiter(std::chrono::nanoseconds(0));
}

/// yield(), but only if it has run for long. For every round of a loop that computes: a look at the
/// clock, as a rule.
[[nodiscard]] inline detail::yielding yield_if_needed() noexcept { return {}; }

}  // namespace shoal
