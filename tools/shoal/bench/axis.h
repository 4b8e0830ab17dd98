// Where a value lies along an axis, and which values are written beside it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "bench/metric.h"

namespace shoal::bench {

enum class scale : std::uint8_t {
  linear,
  logarithmic,
  percentile,  ///< of shares below 1: each step to the right is a tenth of what was still beyond
};

/// A value and what is written there.
using tick = std::pair<double, std::string>;

struct axis {
  std::string title;
  scale kind = scale::linear;
  double low = 0;
  double high = 1;  ///< above low; both above 0 where logarithmic
  std::vector<tick> ticks;
};

/// Along the axis, 0 at its low end and 1 at its high end. Never beyond them.
[[nodiscard]] double place_on(const axis& along, double value) noexcept;

/// From 0 to a little above the greatest.
[[nodiscard]] axis from_zero(std::string title, const std::vector<double>& values, unit in);

/// From a little below the smallest to a little above the greatest, without 0. Ratios want it:
/// `values` has a 1 then.
[[nodiscard]] axis around(std::string title, const std::vector<double>& values, unit in);

/// As around(), on a logarithmic scale; what is not above 0 is not looked at.
[[nodiscard]] axis logarithmic(std::string title, const std::vector<double>& values, unit in);

/// A logarithmic one that names these whole values, and no others; all are above 0.
[[nodiscard]] axis at_values(std::string title, const std::vector<double>& values);

/// From 0 to this share: "0", "90", "99", "99.9".
[[nodiscard]] axis percentiles(double highest);

}  // namespace shoal::bench
