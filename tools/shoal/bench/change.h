// What has changed between two results: the same points in both, by the same metrics.
//
// A machine drifts between two runs by more than most changes do, and both contenders of a pair
// drift alike. So it is the ratio a : b that is compared, with b as the control; it tells a slower
// a from a slower machine, and not from a faster b. Levels are compared where that is asked for:
// two runs of one hour on one machine.
#pragma once

#include <string>
#include <vector>

#include "bench/estimate.h"
#include "bench/metric.h"
#include "bench/results.h"

namespace shoal::bench {

struct change {
  metric by = metric::requests;
  std::string of;  ///< "io_uring : epoll", or a contender's name for its level
  bool level = false;
  estimate before;
  estimate after;
  estimate ratio;           ///< after : before, with the bounds that both bring
  bool differs = false;     ///< the bounds of `ratio` do not include 1
  bool regression = false;  ///< all of `ratio` is worse than the bound
};

struct changed_point {
  const point* before = nullptr;
  const point* after = nullptr;
  std::vector<change> changes;
};

struct changes {
  std::vector<changed_point> points;
  std::size_t only_before = 0;  ///< points without a partner
  std::size_t only_after = 0;

  [[nodiscard]] std::size_t compared() const noexcept;
  [[nodiscard]] std::size_t too_few() const noexcept;  ///< of them: pairs, for bounds
  [[nodiscard]] std::size_t differ() const noexcept;
  [[nodiscard]] std::size_t regressions() const noexcept;
};

struct change_options {
  double bound_percent = 3;
  bool levels = false;  ///< of each contender too
};

/// Points of a contender against itself are left out. Lifetime: both outlive the result.
[[nodiscard]] changes changes_between(const results& before, const results& after,
                                      const change_options& options);

}  // namespace shoal::bench
