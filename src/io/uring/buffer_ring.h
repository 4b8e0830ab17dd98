// The buffers that all receives of a driver share: the kernel takes one when bytes arrive, so a
// connection that waits has none.
#pragma once

#include <cstddef>
#include <cstdint>

#include "io/lease.h"
#include "io/uring/uring_compat.h"

namespace shoal::io::uring {

/// Threads   the ring's
/// Lifetime  closed after the ring: the kernel writes into it
/// Cost      give_back() is two stores; publish() one more a turn
class buffer_ring final : public lease_owner {
 public:
  static constexpr std::uint16_t group = 0;
  static constexpr unsigned most_buffers = 32768;

  buffer_ring() noexcept = default;
  buffer_ring(const buffer_ring&) = delete;
  buffer_ring& operator=(const buffer_ring&) = delete;
  ~buffer_ring();

  /// Maps `count` (a power of two) buffers and hands them all to the kernel. 0 or a negated errno.
  [[nodiscard]] int open(io_uring& ring, unsigned count, unsigned bytes_each) noexcept;

  /// How many the kernel could fill if all that was given back were published. Exact when the
  /// taken ones have been counted.
  [[nodiscard]] unsigned available() const noexcept { return available_; }

  /// The kernel has taken one for a completion that has been seen.
  void count_taken() noexcept { --available_; }

  /// The bytes of a completion that has been counted.
  [[nodiscard]] lease lend(unsigned buffer, unsigned size) noexcept {
    return {*this, buffer, {address(buffer), size}};
  }

  [[nodiscard]] std::span<const std::byte> bytes(unsigned buffer, unsigned size) const noexcept {
    return {address(buffer), size};
  }

  /// All of them, and the ring's entries before them.
  [[nodiscard]] std::span<const std::byte> memory() const noexcept {
    return {reinterpret_cast<const std::byte*>(ring_), mapped_};
  }

  /// First in, first out: the buffer goes behind those that the kernel still has.
  void give_back(std::uint32_t buffer) noexcept override {
    io_uring_buf& slot = ring_->bufs[tail_++ & mask_];
    slot.addr = reinterpret_cast<std::uintptr_t>(address(buffer));
    slot.bid = static_cast<std::uint16_t>(buffer);
    ++available_;
  }

  /// Lets the kernel see what was given back.
  void publish() noexcept { io_uring_smp_store_release(&ring_->tail, tail_); }

 private:
  [[nodiscard]] std::byte* address(unsigned buffer) const noexcept {
    return buffers_ + std::size_t{buffer} * bytes_each_;
  }

  io_uring_buf_ring* ring_ = nullptr;
  std::byte* buffers_ = nullptr;
  std::size_t mapped_ = 0;
  unsigned bytes_each_ = 0;
  unsigned available_ = 0;
  std::uint16_t tail_ = 0;
  std::uint16_t mask_ = 0;
};

}  // namespace shoal::io::uring
