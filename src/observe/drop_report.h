// When to say that lines were lost: at once, and then once a minute for as long as it goes on.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"

namespace shoal::observe {

class drop_report final {
 public:
  static constexpr std::chrono::minutes pause{1};

  /// `dropped`: since the beginning; `reason`: an errno, or 0 if the lines came faster than they
  /// could be written. The line to log, when it is time for one.
  [[nodiscard]] std::optional<std::string> look(std::uint64_t dropped, int reason,
                                                monotonic_time now);

  /// When look() will have something to say that it has seen already; else never.
  [[nodiscard]] monotonic_time due() const noexcept {
    return seen_ == said_ ? never : silent_until_;
  }

 private:
  std::uint64_t said_ = 0;
  std::uint64_t seen_ = 0;
  monotonic_time silent_until_ = monotonic_time::min();
};

}  // namespace shoal::observe
