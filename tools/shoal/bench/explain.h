// Where the time of a request goes, by driver: from the drivers' own counters and the kernel's
// accounts, without root.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bench/measure.h"
#include "bench/results.h"

namespace shoal::bench {

struct explained {
  load_shape load;
  double system_call_ns = -1;
  std::vector<std::pair<std::string, observation>> by_contender;
};

/// A table, with a column for each contender; "-" where nobody knows.
[[nodiscard]] std::string to_text(const explained& all);

}  // namespace shoal::bench
