#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "io/sim/heap.h"

namespace shoal::io::sim {

/// Bytes in order: appended at the end, taken from the front.
class byte_queue final {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size() - begin_; }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }

  [[nodiscard]] std::span<const std::byte> front(std::size_t count) const noexcept {
    return std::span(bytes_).subspan(begin_, count);
  }

  void append(std::span<const std::byte> more) {
    bytes_.insert(bytes_.end(), more.begin(), more.end());
  }

  void drop_front(std::size_t count) noexcept {
    begin_ += count;
    // Moves at most as many bytes as were taken before, so that taking stays linear over all.
    if (begin_ * 2 >= bytes_.size()) {
      bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(begin_));
      begin_ = 0;
    }
  }

  /// Keeps the first `count`.
  void truncate(std::size_t count) noexcept { bytes_.resize(begin_ + count); }

  void clear() noexcept {
    bytes_.clear();
    begin_ = 0;
  }

 private:
  vector<std::byte> bytes_;
  std::size_t begin_ = 0;
};

}  // namespace shoal::io::sim
