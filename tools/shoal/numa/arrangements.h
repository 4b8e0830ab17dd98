// Which ways to run the server are compared on a machine, on which cores, and under which loads.
// Pure.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "bench/plan.h"
#include "numa/plan.h"
#include "numa/study.h"

namespace shoal::numa {

/// What all others are compared with: the server without a flag.
inline constexpr const char* usual_arrangement = "default";

/// More would ask for more than a generator on one core can.
inline constexpr unsigned most_server_cores = 4;

struct split {
  std::vector<unsigned> server;  ///< ascending, never empty
  unsigned generator = 0;
};

/// The last physical core asks, of the others up to most_server_cores serve: as many of each node
/// and of each last-level cache as of any other, as far as that goes. Errors: there is one core, on
/// which nobody can tell the server's time from the generator's.
[[nodiscard]] result<split> split_cores(const std::vector<core_place>& cores);

/// What makes a difference between cores like these, the most telling first. The first of them is
/// usual_arrangement. `nodes`: that have memory.
[[nodiscard]] std::vector<arrangement> arrangements_for(const std::vector<core_place>& server,
                                                        unsigned nodes);

/// Each of them against the first under each load, and the first against itself.
[[nodiscard]] bench::plan server_plan(const std::vector<arrangement>& all, const plan& what);

}  // namespace shoal::numa
