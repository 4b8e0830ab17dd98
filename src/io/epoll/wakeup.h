#pragma once

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "base/descriptor.h"

namespace shoal::io {

/// How other threads end a loop's wait. One word says what the loop is doing:
///
///   awake, asleep   written by the loop, before and after it blocks
///   woken           written by any thread or signal handler
///
/// A waker makes a system call only if it finds the loop asleep: many wakes are one, and a busy
/// loop is woken for the price of an exchange. Every change of the word is one read-modify-write
/// with acquire and release, so the loop, once it has seen `woken`, also sees what each waker wrote
/// before its wake(), though another waker may have been first.
///
/// The eventfd is edge-triggered and never read. A loop that ends its wait for another reason
/// between a waker's exchange and its write finds the edge in its next wait, which then ends early.
class wakeup final {
 public:
  explicit wakeup(descriptor event) noexcept : event_(std::move(event)) {}

  void wake() noexcept {
    if (state_.exchange(woken, std::memory_order_acq_rel) != asleep) return;
    const int saved = errno;  // a signal handler must not change it
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t n = ::write(event_.get(), &one, sizeof one);
    errno = saved;
  }

  /// False if somebody has already called: do not block.
  [[nodiscard]] bool fall_asleep() noexcept {
    int expected = awake;
    return state_.compare_exchange_strong(expected, asleep, std::memory_order_acq_rel);
  }

  /// After a wait that may have blocked. True if somebody called since the last get_up().
  [[nodiscard]] bool get_up() noexcept {
    return state_.exchange(awake, std::memory_order_acq_rel) == woken;
  }

  /// The same after a wait that could not block: nothing to write unless somebody called.
  [[nodiscard]] bool was_woken() noexcept {
    return state_.load(std::memory_order_relaxed) == woken && get_up();
  }

  [[nodiscard]] int event() const noexcept { return event_.get(); }

 private:
  enum : int { awake, asleep, woken };
  static_assert(std::atomic<int>::is_always_lock_free, "signal handlers wake loops");

  std::atomic<int> state_{awake};
  descriptor event_;
};

}  // namespace shoal::io
