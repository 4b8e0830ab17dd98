#include "cluster/node/roll_call.h"

#include <sys/eventfd.h>

#include <cstdint>

#include "base/check.h"

namespace shoal::cluster {

roll_call::roll_call(unsigned workers)
    : workers_(workers), holders_(workers), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  // The budget counted it; without it there is no process.
  SHOAL_CHECK(wake_.open());
}

bool roll_call::booted() {
  std::unique_lock held(lock_);
  ++booted_;
  if (booted_ == workers_) {
    decided_.notify_all();
    wake();
  }
  decided_.wait(held, [this] { return called_off_ || booted_ == workers_; });
  return !called_off_;
}

void roll_call::failed(std::string reason) {
  const std::lock_guard held(lock_);
  if (failure_.empty()) failure_ = std::move(reason);
  called_off_ = true;
  decided_.notify_all();
  wake();
}

void roll_call::serving() {
  const std::lock_guard held(lock_);
  ++serving_;
  wake();
}

void roll_call::left() {
  const std::lock_guard held(lock_);
  ++left_;
  wake();
}

void roll_call::ended() {
  const std::lock_guard held(lock_);
  ++ended_;
  wake();
}

// Acquire and release: whoever sees that nobody holds sees all that they did.
void roll_call::let_go() noexcept {
  if (holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) wake();
}

roll_call::view roll_call::look() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto ignored = ::read(wake_.get(), &count, sizeof count);
  const std::lock_guard held(lock_);
  return {.all_booted = booted_ == workers_ && !called_off_,
          .all_serve = serving_ == workers_,
          .all_left = left_ == workers_,
          .all_drained = holders_.load(std::memory_order_acquire) == 0,
          .all_ended = ended_ == workers_,
          .failure = failure_};
}

bool roll_call::call_off() {
  const std::lock_guard held(lock_);
  if (booted_ == workers_ && !called_off_) return false;
  called_off_ = true;
  decided_.notify_all();
  return true;
}

void roll_call::wake() const noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto ignored = ::write(wake_.get(), &one, sizeof one);
}

}  // namespace shoal::cluster
