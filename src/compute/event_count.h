// Sleeping until there is something in a queue that has no lock, and waking one who sleeps. Costs
// who fills the queue no system call where nobody sleeps, and one for each who does, once.
//
//   who sleeps    prepare(), then looks at the queue once more, then wait() or cancel()
//   who fills     fills the queue, then wake_one()
//
// Both change one word, so one of them is the first: either the sleeper, who is counted then, or
// the filler, whose element the sleeper then finds when it looks once more (its change reads what
// the filler's has released). Who is to be woken goes from the count of sleepers to that of wakes
// at once: those who fill behind it need not call the kernel again, though it may take the sleeper
// long to get a core. Whoever comes first takes a wake, and owes the queue a look after that.
//
// Of our own, since std::counting_semaphore of libstdc++ 12 loses wake-ups (GCC bug 104928).
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "compute/futex.h"
#include "io/turn_gate.h"

namespace shoal::compute {

/// Threads: any. `Atomic` and `Futex` are the system's, or models of them in the test that explores
/// interleavings.
template <template <typename> typename Atomic, typename Futex>
class basic_event_count final {
 public:
  void prepare() noexcept { word_.fetch_add(one_asleep, std::memory_order_acq_rel); }

  /// It was there, or will not be waited for. False: somebody had meant to wake a thread, and this
  /// was it.
  bool cancel() noexcept {
    std::uint32_t seen = word_.load(std::memory_order_relaxed);
    while (true) {
      const bool asleep = asleep_in(seen) > 0;
      const std::uint32_t without = seen - (asleep ? one_asleep : one_wake);
      // Acquire: as where a wake is waited for.
      if (word_.compare_exchange_strong(seen, without, std::memory_order_acquire)) return asleep;
    }
  }

  /// False: nobody has woken it until then.
  bool wait(monotonic_time until = never) noexcept {
    std::uint32_t seen = word_.load(std::memory_order_relaxed);
    while (true) {
      if (wakes_in(seen) == 0) {
        if (!futex_.wait(word_, seen, until)) return !cancel();
        seen = word_.load(std::memory_order_relaxed);
      } else if (word_.compare_exchange_strong(seen, seen - one_wake, std::memory_order_acquire)) {
        return true;  // partner: the release in wake_one()
      }
    }
  }

  /// False: nobody sleeps.
  bool wake_one() noexcept {
    std::uint32_t seen = word_.fetch_add(0, std::memory_order_acq_rel);  // a read, but ordered
    while (asleep_in(seen) > 0) {
      const std::uint32_t with = seen - one_asleep + one_wake;
      if (!word_.compare_exchange_strong(seen, with, std::memory_order_release)) continue;
      futex_.wake_one(word_);
      return true;
    }
    return false;
  }

  void wake_all() noexcept {
    while (wake_one()) {
    }
  }

 private:
  static constexpr std::uint32_t one_asleep = 1;
  static constexpr std::uint32_t one_wake = 1U << 16;

  static std::uint32_t asleep_in(std::uint32_t word) noexcept { return word % one_wake; }
  static std::uint32_t wakes_in(std::uint32_t word) noexcept { return word / one_wake; }

  /// Sleepers that nobody has woken, and wakes that nobody has taken: together as many as there are
  /// threads between prepare() and the end of their waiting.
  alignas(64) Atomic<std::uint32_t> word_{0};
  [[no_unique_address]] Futex futex_;
};

using event_count = basic_event_count<io::thread_atomic, futex>;

}  // namespace shoal::compute
