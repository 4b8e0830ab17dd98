// Whether a connection may be taken from its loop. One word for each connection:
//
//   held      the owner has it in its hands, or bytes of it, or owes it an answer
//   a turn    the owner has put it on offer in that turn: it lies idle
//   taken     somebody else has it, for good; the owner must not touch it but to let go
//
// An offer holds from the next turn on: only then has the owner been in the kernel since, and what
// it has asked for there (its receive) is really armed. So others take offers of earlier turns.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "io/turn_gate.h"

namespace shoal::io {

template <template <typename> typename Atomic>
class basic_offer {
 public:
  // The owner's.

  /// Release: the connection as it is now is what a taker sees (its take() acquires).
  void make(std::uint64_t turn) noexcept { word_.store(turn, std::memory_order_release); }

  /// Before anything is done with the connection. False: it has been taken. Cost: a load where it
  /// is held already, else an uncontended exchange.
  [[nodiscard]] bool take_back() noexcept {
    std::uint64_t seen = word_.load(std::memory_order_relaxed);
    if (seen == held) return true;
    if (seen == taken) return false;
    // Relaxed: a taker that was first hands the rest over by another way (lending::returned).
    return word_.compare_exchange_strong(seen, held, std::memory_order_relaxed);
  }

  /// For another connection, once nobody looks at this one any more.
  void reset() noexcept { word_.store(held, std::memory_order_relaxed); }

  // Others', who have claimed `turn` of the owner's gate.

  [[nodiscard]] bool can_be_taken(std::uint64_t turn) const noexcept {
    const std::uint64_t seen = word_.load(std::memory_order_relaxed);
    return seen != held && seen < turn;
  }
  [[nodiscard]] bool take(std::uint64_t turn) noexcept {
    std::uint64_t seen = word_.load(std::memory_order_relaxed);
    return seen != held && seen < turn &&
           word_.compare_exchange_strong(seen, taken, std::memory_order_acquire,
                                         std::memory_order_relaxed);
  }

 private:
  static constexpr std::uint64_t held = 0;
  static constexpr std::uint64_t taken = ~std::uint64_t{0};

  Atomic<std::uint64_t> word_{held};
};

using offer = basic_offer<thread_atomic>;

/// An offer with what has left the socket already: what its owner keeps of it, and what an io_uring
/// instance has received for it before its owner came to look at it: behind a handler that takes
/// long, that waits too. The owner writes it before it opens its gate; the bytes stay where they
/// are until the gate is closed again.
struct offered {
  offer word;
  std::uint32_t untold = 0;  ///< the owner's driver: completions that it has seen and not told
  std::atomic<std::uint32_t> early_bytes{0};  ///< behind what is kept
  std::atomic<const std::byte*> early{nullptr};
  std::atomic<std::uint32_t> kept_bytes{0};  ///< the connection has them; set before make()

  /// The owner's: offers it, unless more of it is here than goes along.
  void make(std::uint64_t turn) noexcept {
    if (untold == (has_early() ? 1U : 0U)) word.make(turn);
  }

  void set_early(std::span<const std::byte> bytes) noexcept {
    early.store(bytes.data(), std::memory_order_relaxed);
    early_bytes.store(static_cast<std::uint32_t>(bytes.size()), std::memory_order_relaxed);
  }
  /// The owner's, once it is taken: whether there were any. Takers have looked before they took.
  [[nodiscard]] bool take_early() noexcept {
    return early_bytes.exchange(0, std::memory_order_relaxed) != 0;
  }
  /// Whether there is something to serve that a look at the socket would not show.
  [[nodiscard]] bool has_bytes() const noexcept {
    return has_early() || kept_bytes.load(std::memory_order_relaxed) != 0;
  }
  [[nodiscard]] bool has_early() const noexcept {
    return early_bytes.load(std::memory_order_relaxed) != 0;
  }
};

}  // namespace shoal::io
