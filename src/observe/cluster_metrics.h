// All metrics of a cluster as text: docs/metrics.md has the names. What a slot says is looked at as
// a claim; what cannot be true is marked and left out.
#pragma once

#include <string>

#include "observe/overview.h"

namespace shoal::observe {

/// Threads: any. Cost: a dozen microseconds for each worker.
[[nodiscard]] std::string tell(const overview& cluster);

}  // namespace shoal::observe
