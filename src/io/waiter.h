#pragma once

#include <coroutine>
#include <utility>

#include "io/loop.h"
#include "io/timer.h"

namespace shoal::io {

/// now() + limit, or `never` where that is beyond the clock.
[[nodiscard]] inline monotonic_time deadline_after(const loop& on, nanoseconds limit) noexcept {
  return limit < never - on.now() ? on.now() + limit : never;
}

/// The coroutine that waits for one side of an object, and until when.
class waiter final : public timer {
 public:
  [[nodiscard]] bool waits() const noexcept { return coroutine_ != nullptr; }

  /// Resumes it at the deadline at the latest, with timed_out().
  void begin(loop& on, std::coroutine_handle<> coroutine, monotonic_time deadline) noexcept {
    coroutine_ = coroutine;
    timed_out_ = false;
    if (deadline != never) on.start(*this, deadline);
  }

  /// Another deadline for the one that waits.
  void move_deadline(loop& on, monotonic_time deadline) noexcept {
    on.cancel(*this);
    if (waits() && deadline != never) on.start(*this, deadline);
  }

  /// It does not wait any longer. The loop may be gone.
  void forget(loop* on) noexcept {
    if (on != nullptr) on->cancel(*this);
    coroutine_ = nullptr;
  }

  /// The object that holds this may be gone afterwards.
  void resume(loop& on) noexcept {
    on.cancel(*this);
    std::exchange(coroutine_, nullptr).resume();
  }

  /// Since it last began.
  [[nodiscard]] bool timed_out() const noexcept { return timed_out_; }

 private:
  void expired() noexcept override {
    timed_out_ = true;
    std::exchange(coroutine_, nullptr).resume();
  }

  std::coroutine_handle<> coroutine_;
  bool timed_out_ = false;
};

}  // namespace shoal::io
