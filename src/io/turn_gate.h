// When other threads may reach into a loop's connections: while the loop runs code of ours, and
// never while it is in the kernel, where its ring may receive for any of them.
//
//   the owner   closes the gate before each wait, and waits until nobody is inside; opens it after
//               the wait, with the turn's number
//   others      raise the count of claims, then look whether the turn is still the one they mean
//
// Both sides write their own word and then read the other's, each sequentially consistent, so at
// least one of them sees the other (Dekker's argument): an owner that finds no claim will be seen
// closed by every later one. docs/why/lending.md has the proof; a test runs every interleaving.
#pragma once

#include <sched.h>

#include <atomic>
#include <cstdint>

namespace shoal::io {

/// `Atomic` is std::atomic, or a model of it in the test that explores interleavings.
template <template <typename> typename Atomic>
class basic_turn_gate {
 public:
  // The owner's: two stores and a load a turn.

  /// `turn` counts from 1. What the owner has written before is seen by who claims the turn.
  /// Sequentially consistent, so that an owner who looks afterwards whether a watcher sleeps is
  /// seen by one that looks at the turn after it has said that it will (cluster/node/bell.h).
  void open(std::uint64_t turn) noexcept { turn_.store(turn, std::memory_order_seq_cst); }

  /// Returns when nobody is inside and nobody comes in any more. Others stay for microseconds, but
  /// one may have lost its core meanwhile.
  void close() noexcept {
    turn_.store(closed, std::memory_order_seq_cst);  // partner: the load in claim()
    while (claims_.load(std::memory_order_seq_cst) != 0) Atomic<unsigned>::pause();
  }

  // Everybody's.

  /// The turn that is under way; 0: none, the owner waits.
  [[nodiscard]] std::uint64_t turn() const noexcept {
    return turn_.load(std::memory_order_seq_cst);
  }

  /// True: the owner stays in `turn` until leave(). False: it has gone on.
  [[nodiscard]] bool claim(std::uint64_t turn) noexcept {
    claims_.fetch_add(1, std::memory_order_seq_cst);  // partner: the load in close()
    if (turn_.load(std::memory_order_seq_cst) == turn) return true;
    leave();
    return false;
  }

  /// Release: what was done inside is seen by the owner, whose close() reads the count.
  void leave() noexcept { claims_.fetch_sub(1, std::memory_order_release); }

 private:
  static constexpr std::uint64_t closed = 0;

  Atomic<std::uint64_t> turn_{closed};
  Atomic<unsigned> claims_{0};
};

/// std::atomic, and what to do while another thread is awaited.
template <typename T>
struct thread_atomic : std::atomic<T> {
  using std::atomic<T>::atomic;
  static void pause() noexcept { ::sched_yield(); }
};

using turn_gate = basic_turn_gate<thread_atomic>;

}  // namespace shoal::io
