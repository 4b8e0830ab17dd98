// In which bucket a request's time is counted. The bounds are those of dashboards: 1, 2.5 and 5 in
// each decade, so that a wish ("99 % within 100 ms") is a bound and needs no interpolation.
#pragma once

#include <array>
#include <cstddef>

#include "base/clock.h"

namespace shoal::shm {

/// Upper bounds, included. What took longer than the last has a bucket more.
inline constexpr std::array latency_bounds = {
    nanoseconds(25'000),        nanoseconds(50'000),        nanoseconds(100'000),
    nanoseconds(250'000),       nanoseconds(500'000),       nanoseconds(1'000'000),
    nanoseconds(2'500'000),     nanoseconds(5'000'000),     nanoseconds(10'000'000),
    nanoseconds(25'000'000),    nanoseconds(50'000'000),    nanoseconds(100'000'000),
    nanoseconds(250'000'000),   nanoseconds(500'000'000),   nanoseconds(1'000'000'000),
    nanoseconds(2'500'000'000), nanoseconds(5'000'000'000), nanoseconds(10'000'000'000)};

inline constexpr std::size_t latency_buckets = latency_bounds.size() + 1;

/// 0 .. latency_buckets - 1. Most requests are short, and a few comparisons find theirs.
[[nodiscard]] constexpr std::size_t latency_bucket(nanoseconds took) noexcept {
  std::size_t at = 0;
  while (at < latency_bounds.size() && took > latency_bounds[at]) ++at;
  return at;
}

}  // namespace shoal::shm
