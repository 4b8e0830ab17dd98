// What a point's pairs say: ratios within them, which are evidence, and levels, which are what a
// person can imagine.
#pragma once

#include <cstdint>
#include <optional>

#include "bench/estimate.h"
#include "bench/metric.h"
#include "bench/results.h"

namespace shoal::bench {

/// Of a : b by this metric within each pair; nothing where no pair knows it of both, and it is more
/// than 0.
[[nodiscard]] std::optional<estimate> ratio_of(const point& p, metric by);

enum class side : std::uint8_t { a, b };

/// Of one contender's measurements. What drifts on the machine is in it.
[[nodiscard]] std::optional<estimate> level_of(const point& p, side of, metric by);

/// How far a ratio of equals gets from 1 on this machine: the furthest bound of the points that
/// measured a contender against itself under this load, or else under any of the same loop (closed
/// or open). At least 1; 1 where nothing was measured.
[[nodiscard]] double noise_of(const results& all, metric by, const load_shape& load);

}  // namespace shoal::bench
