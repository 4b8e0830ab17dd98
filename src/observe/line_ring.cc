#include "observe/line_ring.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"

namespace shoal::observe {

line_ring::line_ring(std::size_t bytes) : bytes_(bytes), memory_(new char[bytes]) {
  SHOAL_CHECK(std::has_single_bit(bytes));
}

line_ring::appended line_ring::append(std::string_view line) noexcept {
  const auto head = head_.load(std::memory_order_relaxed);
  // Acquire, of the release in take(): the bytes there have been read.
  const auto used = static_cast<std::size_t>(head - tail_.load(std::memory_order_acquire));
  if (line.size() > bytes_ - used) {
    dropped_.store(dropped_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return appended::dropped;
  }
  const auto place = static_cast<std::size_t>(head) & (bytes_ - 1);
  const auto first = std::min(line.size(), bytes_ - place);
  std::memcpy(memory_.get() + place, line.data(), first);
  std::memcpy(memory_.get(), line.data() + first, line.size() - first);
  head_.store(head + line.size(), std::memory_order_seq_cst);  // of the load in empty()
  const bool passes = used < bytes_ / 2 && used + line.size() >= bytes_ / 2;
  return passes ? appended::kept_half_full : appended::kept;
}

std::size_t line_ring::take(std::span<char> to) noexcept {
  const auto tail = tail_.load(std::memory_order_relaxed);
  // Acquire, of the store in append(): the bytes are there.
  const auto used = static_cast<std::size_t>(head_.load(std::memory_order_acquire) - tail);
  const auto count = std::min(used, to.size());
  const auto place = static_cast<std::size_t>(tail) & (bytes_ - 1);
  const auto first = std::min(count, bytes_ - place);
  std::memcpy(to.data(), memory_.get() + place, first);
  std::memcpy(to.data() + first, memory_.get(), count - first);
  // All that has been appended ends with a line; a part of it need not.
  const auto lines = count == used ? count : std::string_view(to.data(), count).rfind('\n') + 1;
  tail_.store(tail + lines, std::memory_order_release);
  return lines;
}

bool line_ring::empty() const noexcept {
  return head_.load(std::memory_order_seq_cst) == tail_.load(std::memory_order_relaxed);
}

}  // namespace shoal::observe
