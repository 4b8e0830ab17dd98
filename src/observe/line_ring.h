// Lines from one thread to another: a ring of bytes that the one appends whole lines to and the
// other takes them from. Neither ever waits; a line that finds no room is counted and gone.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace shoal::observe {

class line_ring final {
 public:
  /// `bytes`: a power of two. Not touched before it is used, so that the memory lies where the
  /// appending thread runs.
  explicit line_ring(std::size_t bytes);
  line_ring(const line_ring&) = delete;
  line_ring& operator=(const line_ring&) = delete;

  /// What append() has done; half_full once each time that mark is passed.
  enum class appended : std::uint8_t { kept, kept_half_full, dropped };

  /// The one thread's. Cost: a copy and one ordered store.
  appended append(std::string_view line) noexcept;

  /// The other thread's: moves as many whole lines as fit to the front of `to`, and returns their
  /// bytes. No line may be longer than `to`.
  [[nodiscard]] std::size_t take(std::span<char> to) noexcept;

  /// The taking thread's. Sequentially consistent, as the store in append(): a thread that says
  /// that it goes to sleep and then finds nothing here can rely on being seen asleep.
  [[nodiscard]] bool empty() const noexcept;

  /// Lines that found no room since the beginning. Any thread.
  [[nodiscard]] std::uint64_t dropped() const noexcept {
    return dropped_.load(std::memory_order_relaxed);
  }

 private:
  const std::size_t bytes_;
  const std::unique_ptr<char[]> memory_;

  // Counts of bytes since the beginning; the place is the remainder. The appending thread writes
  // head_ and dropped_, the taking thread tail_; each reads the other's.
  alignas(64) std::atomic<std::uint64_t> head_{0};
  std::atomic<std::uint64_t> dropped_{0};
  alignas(64) std::atomic<std::uint64_t> tail_{0};
};

}  // namespace shoal::observe
