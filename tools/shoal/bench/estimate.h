// The median of a few values, and between which bounds the median of all that might have been
// measured lies, 19 times in 20.
//
// The bounds are a bootstrap's: what the median would have been had each value been drawn anew from
// those that there are. For a median the distribution over all possible draws can be written down,
// so nothing is drawn, nothing has a seed, and the same values have the same bounds. Plain
// percentiles of it are too narrow for so few values (6 to 20), as s/sqrt(n) with 1.96 is for a
// mean; they are taken further out by what Student's t and n - 1 do to that (Hesterberg 2015, "What
// teachers should know about the bootstrap", 4.3). BCa corrects bias and skew, of which a median of
// ratios has little, and its acceleration, from a jackknife, is nonsense for a median.
#pragma once

#include <vector>

namespace shoal::bench {

struct estimate {
  double middle = 1;
  double low = 1;
  double high = 1;
  unsigned count = 0;  ///< of values

  /// The bounds of fewer values are their extremes, and promise nothing.
  [[nodiscard]] bool enough() const noexcept;
  [[nodiscard]] bool includes(double value) const noexcept { return low <= value && value <= high; }
};

/// With five the extremes themselves hold the median in 15 cases of 16 only.
inline constexpr unsigned values_min = 6;

/// `values` are finite; of none of them all is 1 and the count 0.
[[nodiscard]] estimate estimate_median(std::vector<double> values);

/// The same of positive values on a logarithmic scale, as ratios want it: a : b is the exact
/// inverse of b : a.
[[nodiscard]] estimate estimate_ratio(std::vector<double> ratios);

[[nodiscard]] estimate inverse(const estimate& ratio) noexcept;

/// `of` over `by`, each from values of its own, all positive. The distances to the bounds add up as
/// squares do, on a logarithmic scale (MOVER: Zou and Donner 2008).
[[nodiscard]] estimate quotient(const estimate& of, const estimate& by) noexcept;

}  // namespace shoal::bench
