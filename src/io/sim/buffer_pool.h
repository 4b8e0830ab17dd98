#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "io/lease.h"
#include "io/sim/heap.h"

namespace shoal::io::sim {

/// Receive buffers that leases hold. Made when first needed, so that a short run touches few; each
/// on its own, so that a sanitizer sees who writes beyond it.
class buffer_pool final : public lease_owner {
 public:
  buffer_pool(std::size_t count, std::size_t bytes) : bytes_(bytes), most_(count) {}
  ~buffer_pool() { SHOAL_CHECK(free_.size() == buffers_.size()); }  // a lease outlives its driver
  buffer_pool(const buffer_pool&) = delete;
  buffer_pool& operator=(const buffer_pool&) = delete;

  [[nodiscard]] std::size_t available() const noexcept {
    return free_.size() + most_ - buffers_.size();
  }
  [[nodiscard]] std::size_t buffer_bytes() const noexcept { return bytes_; }

  /// A lease on a copy of `bytes`; available() > 0, and no more than buffer_bytes().
  [[nodiscard]] lease fill(std::span<const std::byte> bytes) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(buffers_.size()));
      buffers_.emplace_back(bytes_);
    }
    const std::uint32_t buffer = free_.back();
    free_.pop_back();
    std::copy(bytes.begin(), bytes.end(), buffers_[buffer].data());
    return {*this, buffer, {buffers_[buffer].data(), bytes.size()}};
  }

  /// Spoils the bytes, so that whoever still looks at them sees nonsense.
  void give_back(std::uint32_t buffer) noexcept override {
    std::fill_n(buffers_[buffer].data(), bytes_, std::byte{0xdd});
    free_.push_back(buffer);
  }

 private:
  const std::size_t bytes_;
  const std::size_t most_;
  deque<vector<std::byte>> buffers_;  // whose bytes stay where they are
  vector<std::uint32_t> free_;
};

}  // namespace shoal::io::sim
