// The server whose placement is compared: the real cluster, with bodies that come from memory.
#pragma once

#include <string>
#include <vector>

#include "topology/cpu_list.h"

namespace shoal::numa {

/// Keeps this process on `cores` (none: where it may run anyhow) and serves as a cluster with these
/// flags of a server (docs/configuration.md) until it is stopped. Returns its exit code.
///
///   GET /plaintext    "Hello, World!"
///   GET /bytes/N      N times an x, at most 1 MiB: each time from another place in the 32 MiB that
///                     a worker has touched first, so that where they lie is part of what it costs
int serve_cluster(const topology::cpu_list& cores, const std::vector<std::string>& flags);

}  // namespace shoal::numa
