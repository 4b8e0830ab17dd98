// Requests that have come due and wait behind others of their connection, the oldest first.
//
// A std::deque takes half a kilobyte before it holds anything, for each of up to a million
// connections; this one takes nothing until somebody waits.
#pragma once

#include <cstddef>
#include <vector>

#include "base/clock.h"

namespace shoal::load {

class waiting_line final {
 public:
  struct request {
    monotonic_time due{};
    std::size_t place = 0;  ///< on the tape
  };

  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return all_.size() - first_; }

  /// Not empty.
  [[nodiscard]] const request& front() const noexcept { return all_[first_]; }

  /// Bounded by the load's timeout: what is older is taken out.
  void push(const request& last) {
    if (first_ * 2 > all_.size()) {
      all_.erase(all_.begin(), all_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
    all_.push_back(last);
  }

  void pop() noexcept {
    if (++first_ == all_.size()) clear();
  }

  void clear() noexcept {
    all_.clear();
    first_ = 0;
  }

 private:
  std::vector<request> all_;
  std::size_t first_ = 0;  // of those that still wait
};

}  // namespace shoal::load
