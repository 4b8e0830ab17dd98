// Which routes hold their worker for long. It is learned only while it matters: for some requests
// after a turn that was long, the clock is read around each handler; at other times a request costs
// one comparison.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"

namespace shoal::http {

/// Threads: the loop's.
class route_pace final {
 public:
  explicit route_pace(std::size_t routes) : slow_(routes) {}

  void turn_was_long() noexcept { left_ = requests_watched; }
  [[nodiscard]] bool watches() const noexcept { return left_ != 0; }

  /// Its last run while they were watched was long.
  [[nodiscard]] bool is_slow(std::size_t route) const noexcept { return slow_[route] != 0; }

  void ran(std::size_t route, nanoseconds took) noexcept {
    slow_[route] = took >= long_run ? 1 : 0;
    left_ = slow_[route] != 0 ? requests_watched : left_ - 1;
  }

 private:
  static constexpr unsigned requests_watched = 1000;
  // Some hundred times what a system call costs: one more before such a handler is not felt.
  static constexpr nanoseconds long_run = std::chrono::microseconds(300);

  std::vector<std::uint8_t> slow_;
  unsigned left_ = 0;
};

}  // namespace shoal::http
