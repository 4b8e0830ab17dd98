#pragma once

#include <string>

#include "base/result.h"
#include "bench/results.h"
#include "bench/server_host.h"

namespace shoal::bench {

/// What so many connections cost a server that have asked once and stay: `resident_bytes` is by how
/// much its processes have grown, and `answers` how many were answered. The connections are this
/// process's. Errors: as of server_host::start(); a connection that could not be opened.
[[nodiscard]] result<measurement> measure_idle(const std::string& contender, unsigned connections,
                                               server_host& host, const interruption& stop);

}  // namespace shoal::bench
