// A bounded queue between many threads in which nobody ever waits for anybody: a loop that submits
// must not wait for a lock that a thread of lower priority holds and has lost its core with.
//
// Each cell has a number that says whose turn it is: the pusher that claims place p may fill a cell
// whose number is p, and makes it p + 1; the popper of place p may empty it then, and makes it
// p + capacity, which is the pusher's place one round later (Dmitry Vyukov's bounded queue).
//
// A pusher that loses its core between its claim and its number holds up poppers, who find nothing
// meanwhile; they are woken when it has its core again, since only then it tells (event_count.h).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/check.h"
#include "io/turn_gate.h"

namespace shoal::compute {

/// Holds pointers. Threads: any. `Atomic` is io::thread_atomic, or a model of it in the test that
/// explores interleavings.
template <typename T, template <typename> typename Atomic>
class basic_ring final {
 public:
  /// `capacity`: a power of two.
  explicit basic_ring(std::size_t capacity)
      : mask_(capacity - 1), cells_(std::make_unique<cell[]>(capacity)) {
    SHOAL_CHECK(std::has_single_bit(capacity));
    for (std::uint64_t i = 0; i < capacity; ++i) {
      cells_[i].number.store(i, std::memory_order_relaxed);  // nobody else is there yet
    }
  }
  basic_ring(const basic_ring&) = delete;
  basic_ring& operator=(const basic_ring&) = delete;

  /// False: full or closed.
  [[nodiscard]] bool push(T& element) noexcept {
    std::uint64_t place = tail_.load(std::memory_order_relaxed);
    while ((place & closed_bit) == 0) {
      cell& at = cells_[place & mask_];
      const auto ahead = distance(place, at.number.load(std::memory_order_acquire));  // pop()'s
      if (ahead < 0) return false;  // one round ago it was filled, and it still is
      if (ahead > 0) {
        place = tail_.load(std::memory_order_relaxed);
      } else if (tail_.compare_exchange_strong(place, place + 1, std::memory_order_relaxed)) {
        at.element = &element;
        at.number.store(place + 1, std::memory_order_release);  // partner: pop()'s first load
        return true;
      }
    }
    return false;
  }

  /// nullptr: nothing is there, or its pusher has not finished.
  [[nodiscard]] T* pop() noexcept {
    std::uint64_t place = head_.load(std::memory_order_relaxed);
    while (true) {
      cell& at = cells_[place & mask_];
      const auto ahead =
          distance(place + 1, at.number.load(std::memory_order_acquire));  // push()'s
      if (ahead < 0) return nullptr;
      if (ahead > 0) {
        place = head_.load(std::memory_order_relaxed);
      } else if (head_.compare_exchange_strong(place, place + 1, std::memory_order_relaxed)) {
        T* const element = at.element;
        at.number.store(place + mask_ + 1, std::memory_order_release);  // partner: push()'s load
        return element;
      }
    }
  }

  /// Once. Whoever has not claimed a place by now gets none.
  void close() noexcept { tail_.fetch_add(closed_bit, std::memory_order_acq_rel); }
  [[nodiscard]] bool closed() const noexcept {
    return (tail_.load(std::memory_order_acquire) & closed_bit) != 0;
  }

  /// When closed: waits for a pusher that has claimed its place. nullptr: there will be no more.
  [[nodiscard]] T* pop_last() noexcept {
    while (size() > 0) {
      if (T* const element = pop()) return element;
      Atomic<std::uint64_t>::pause();
    }
    return nullptr;
  }

  /// As it was a moment ago; those count that are being pushed.
  [[nodiscard]] std::size_t size() const noexcept {
    const std::uint64_t head = head_.load(std::memory_order_relaxed);
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed) & ~closed_bit;
    return tail > head ? tail - head : 0;
  }

 private:
  static constexpr std::uint64_t closed_bit = std::uint64_t{1} << 63;

  struct cell {
    Atomic<std::uint64_t> number;
    T* element = nullptr;
  };

  static std::int64_t distance(std::uint64_t from, std::uint64_t to) noexcept {
    return static_cast<std::int64_t>(to - from);
  }

  const std::size_t mask_;
  const std::unique_ptr<cell[]> cells_;
  // Places since the beginning. Pushers write the one, poppers the other; everybody reads both.
  alignas(64) Atomic<std::uint64_t> tail_{0};
  alignas(64) Atomic<std::uint64_t> head_{0};
};

template <typename T>
using ring = basic_ring<T, io::thread_atomic>;

}  // namespace shoal::compute
