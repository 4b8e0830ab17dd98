#include "shoal/io/sleep.h"

#include <new>

#include "base/check.h"
#include "io/loop.h"

namespace shoal {
namespace {

class sleep_timer final : public io::timer {
 public:
  void start(std::chrono::nanoseconds duration, std::coroutine_handle<> sleeper) noexcept {
    loop_ = io::loop::current();
    SHOAL_CHECK(loop_ != nullptr);  // sleep() outside a worker's loop
    sleeper_ = sleeper;
    const monotonic_time now = loop_->now();
    loop_->start(*this, duration < never - now ? now + duration : never);
  }

  void cancel() noexcept {
    if (loop_ != nullptr) loop_->cancel(*this);
  }

  // The sleeper's frame, and this timer in it, may be gone when resume() returns.
  void expired() noexcept override { sleeper_.resume(); }

 private:
  io::loop* loop_ = nullptr;
  std::coroutine_handle<> sleeper_;
};

sleep_timer& timer_in(std::byte* storage) noexcept {
  return *std::launder(reinterpret_cast<sleep_timer*>(storage));
}

}  // namespace

sleep_awaiter::sleep_awaiter(std::chrono::nanoseconds duration) noexcept : duration_(duration) {
  static_assert(sizeof(sleep_timer) == timer_bytes);
  static_assert(alignof(sleep_timer) == alignof(void*));
  new (timer_) sleep_timer;
}

sleep_awaiter::~sleep_awaiter() {
  sleep_timer& timer = timer_in(timer_);
  timer.cancel();
  timer.~sleep_timer();
}

void sleep_awaiter::await_suspend(std::coroutine_handle<> sleeper) noexcept {
  timer_in(timer_).start(duration_, sleeper);
}

}  // namespace shoal
