#pragma once

#include <string>

#include "base/result.h"
#include "bench/measured_process.h"
#include "bench/results.h"

namespace shoal::bench {

/// What so many connections cost a server that have asked once and stay: `resident_bytes` is by how
/// much its processes have grown, and `answers` how many were answered. The connections are this
/// process's. Errors: as of measure(); a connection that could not be opened.
[[nodiscard]] result<measurement> measure_idle(const std::string& contender, unsigned connections,
                                               const field_of_play& field,
                                               const interruption& stop);

}  // namespace shoal::bench
