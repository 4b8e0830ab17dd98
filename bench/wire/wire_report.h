#pragma once

#include <string>

#include "load/report.h"

namespace shoal::bench {

/// What tools/bench reads: one JSON object in one line; latencies in nanoseconds.
[[nodiscard]] std::string wire_json(const load::options& asked, const load::report& seen);

}  // namespace shoal::bench
