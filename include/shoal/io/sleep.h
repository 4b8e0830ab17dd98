#pragma once

#include <chrono>
#include <coroutine>
#include <cstddef>

namespace shoal {

/// What `co_await sleep(...)` waits with. Lives in the coroutine's frame; allocates nothing.
class sleep_awaiter final {
 public:
  using comes_back = void;  // shoal/coro/away.h

  explicit sleep_awaiter(std::chrono::nanoseconds duration) noexcept;

  /// Cancels, so a frame may be destroyed while it sleeps.
  ~sleep_awaiter();

  sleep_awaiter(const sleep_awaiter&) = delete;
  sleep_awaiter& operator=(const sleep_awaiter&) = delete;

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> sleeper) noexcept;
  void await_resume() const noexcept {}

 private:
  static constexpr std::size_t timer_bytes = 48;

  std::chrono::nanoseconds duration_;
  alignas(void*) std::byte timer_[timer_bytes];  // sleep.cc says of what type
};

/// Suspends the coroutine for `duration`, counted from the beginning of the loop's turn, to the
/// millisecond (never less, at most one more); zero or less: until the next turn. The worker serves
/// others meanwhile.
///
/// Threads   a worker's: call it in a handler, not on a thread without a loop
/// Cost      two constant-time list operations, no allocation, no system call
[[nodiscard]] inline sleep_awaiter sleep(std::chrono::nanoseconds duration) noexcept {
  return sleep_awaiter(duration);
}

}  // namespace shoal
