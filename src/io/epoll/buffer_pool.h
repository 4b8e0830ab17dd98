#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>

#include "base/check.h"
#include "io/lease.h"

namespace shoal::io {

/// The buffers that receives share. Last in, first out: the buffer that a receive gets is the one
/// that is still in the cache, and a quiet server touches few.
class buffer_pool final : public lease_owner {
 public:
  [[nodiscard]] bool allocate(unsigned buffers, unsigned bytes_each) noexcept {
    bytes_each_ = bytes_each;
    buffers_ = free_ = buffers;
    memory_.reset(new (std::nothrow) std::byte[std::size_t{buffers} * bytes_each]);
    stack_.reset(new (std::nothrow) std::uint32_t[buffers]);
    if (memory_ == nullptr || stack_ == nullptr) return false;
    for (unsigned i = 0; i < buffers; ++i) stack_[i] = buffers - 1 - i;
    return true;
  }

  ~buffer_pool() { SHOAL_DCHECK(free_ == buffers_); }  // a lease must end before its driver

  [[nodiscard]] bool empty() const noexcept { return free_ == 0; }
  [[nodiscard]] std::uint32_t take() noexcept { return stack_[--free_]; }
  void give_back(std::uint32_t buffer) noexcept override { stack_[free_++] = buffer; }

  [[nodiscard]] std::span<std::byte> bytes(std::uint32_t buffer) const noexcept {
    return {memory_.get() + std::size_t{buffer} * bytes_each_, bytes_each_};
  }

  /// All of them.
  [[nodiscard]] std::span<const std::byte> memory() const noexcept {
    return {memory_.get(), std::size_t{buffers_} * bytes_each_};
  }

 private:
  std::unique_ptr<std::byte[]> memory_;
  std::unique_ptr<std::uint32_t[]> stack_;
  unsigned free_ = 0;
  unsigned buffers_ = 0;
  unsigned bytes_each_ = 0;
};

}  // namespace shoal::io
