#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace shoal::compute {

/// What something usually takes, in microseconds, once it has taken `took`; 0: not known yet. A run
/// counts for an eighth, so that some ten of them tell a new cost.
[[nodiscard]] inline std::uint32_t usual_us(std::uint32_t before, nanoseconds took) noexcept {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  const auto now = static_cast<std::uint32_t>(std::clamp<std::int64_t>(us, 1, 1'000'000'000));
  return before == 0 ? now : before - before / 8 + now / 8;
}

}  // namespace shoal::compute
