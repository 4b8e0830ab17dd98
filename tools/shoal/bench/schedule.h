// In which order a plan is measured. A machine that asks for measurements and for the time, and
// knows nothing of processes.
//
// - Rounds: each goes over all points and measures one pair of each, so that what is there when
//   time is up is of all points alike.
// - The two of a pair follow each other; the next pair begins with the other one (A B, B A, ...).
// - Closed loops first: they say what the slower one of two can do, of which open loops offer a
//   share. Rounds of closed loops end when open ones would not have time for as many.
// - A pair in which the hypervisor took more than 1 % of the time is thrown away and measured
//   again, and so is one in which the generator was the limit; both a few times only. What stays
//   bears its marks.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "bench/plan.h"
#include "bench/results.h"

namespace shoal::bench {

inline constexpr double most_steal = 0.01;
inline constexpr unsigned most_repeats = 2;  ///< of a pair

struct progress {
  const point* now = nullptr;  ///< nullptr: a round is over
  std::string contender;       ///< that is measured
  unsigned pair = 0;           ///< of this point, from 1
  double seconds_left = 0;     ///< at most
};

/// All that a schedule wants of the world.
struct world {
  std::function<result<measurement>(const std::string& contender, const point&)> measure;
  std::function<double()> now;        ///< seconds, forward only
  std::function<bool()> interrupted;  ///< asked after each failure and before each measurement
  std::function<void(const progress&)> tell;
};

enum class outcome : std::uint8_t {
  done,         ///< as planned, or as much of it as there was time for
  nothing,      ///< no pair could be measured
  ended_early,  ///< a measurement failed, three times in a row
  interrupted,
};

/// Fills `into.points` from the plan; `into.complete` and `ended_by` say how it ended. What has
/// been measured stays, whatever happens.
outcome run(const plan& what, const world& around, results& into);

/// Requests a second: the median of what it has done in the pairs of `p`. Nothing if there is none.
[[nodiscard]] std::optional<double> capacity_of(const point& p, bool of_a);

}  // namespace shoal::bench
