// What wakes a watcher that sleeps because nobody is served: the first turn of any worker. While it
// is awake this costs a worker one load a turn, and an idle process has no wake-up at all.
//
// Each side writes its word before it reads the other's: a worker opens its turn, then looks
// whether the watcher sleeps; the watcher says so, then looks at all turns once more. All four are
// sequentially consistent, so one of them sees the other.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

#include "base/descriptor.h"

namespace shoal::cluster {

class bell final {
 public:
  bell() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  /// Workers, once a turn has begun.
  void ring() noexcept {
    if (!asleep_.load(std::memory_order_seq_cst)) return;
    if (!asleep_.exchange(false, std::memory_order_seq_cst)) return;
    const std::uint64_t once = 1;
    [[maybe_unused]] const auto written = ::write(event_.get(), &once, sizeof once);
  }

  // The watcher's.
  [[nodiscard]] int fd() const noexcept { return event_.get(); }  ///< readable: it has rung
  void will_sleep() noexcept { asleep_.store(true, std::memory_order_seq_cst); }
  void is_awake() noexcept {
    asleep_.store(false, std::memory_order_relaxed);
    std::uint64_t count = 0;
    [[maybe_unused]] const auto taken = ::read(event_.get(), &count, sizeof count);
  }

 private:
  std::atomic<bool> asleep_{false};  // the watcher sets it, whoever rings first clears it
  descriptor event_;
};

}  // namespace shoal::cluster
