// What is to be measured, before anything is: points without pairs. Which of them in which order,
// and how often, is the schedule's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bench/results.h"

namespace shoal::bench {

inline constexpr unsigned plaintext_bytes = 13;  ///< "Hello, World!"
inline constexpr unsigned most_planned_points = 200;

struct plan {
  std::string name;
  /// A point with a share has no rate yet: the capacities of its two contenders, which another
  /// point of the same shape measures, decide it.
  std::vector<point> points;
  unsigned pairs = 10;    ///< of each point, if there is time
  double window = 1;      ///< seconds that one measurement lasts
  double warm_up = 0.25;  ///< seconds of load before it
  double budget = 600;    ///< seconds that all of it may take
};

/// Every combination of these; `contenders` the first against each other.
struct plan_axes {
  std::vector<std::string> contenders{"uring", "epoll"};
  std::vector<unsigned> connections{64};
  std::vector<unsigned> pipeline{1};
  std::vector<unsigned> requests_each{0};
  std::vector<unsigned> body_bytes{plaintext_bytes};
  std::vector<unsigned> work_us{0};
  unsigned work_percent = 100;   ///< of the requests, where work is not 0
  std::vector<unsigned> shares;  ///< percent; open loops beside the closed one
  bool noise = true;             ///< the first against itself, too
};

/// Errors say which values do not go together, or are too many.
[[nodiscard]] result<std::vector<point>> points_of(const plan_axes& axes);

// At most 90 seconds, about ten minutes, an hour. `peers` are other programs that take part. The
// standard one has clusters, and SQPOLL, if there are cores enough for them to show something in
// that time: clusters want some of their own, and the kernel's thread one that is nobody's.

[[nodiscard]] plan quick_plan(const std::vector<std::string>& peers);
[[nodiscard]] plan standard_plan(const std::vector<std::string>& peers, bool many_cores);
[[nodiscard]] plan full_plan(const std::vector<std::string>& peers);

/// Its contenders, each once.
[[nodiscard]] std::vector<std::string> contenders_of(const plan& p);

/// Those of them that a kernel may refuse while all others work: clusters, and io_uring with what
/// is used only where somebody asks for it.
[[nodiscard]] std::vector<std::string> kernel_dependent(const plan& p);

/// The sizes of bodies that its points ask this contender for.
[[nodiscard]] std::vector<unsigned> body_sizes_of(const plan& p, const std::string& contender);

/// A closed loop that measures what `p`, which has a share, needs to know.
[[nodiscard]] bool measures_capacity_for(const point& capacity, const point& p) noexcept;

}  // namespace shoal::bench
