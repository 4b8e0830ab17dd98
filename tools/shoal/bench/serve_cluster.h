#pragma once

#include "bench/serve.h"

namespace shoal::bench {

/// A cluster of ours as it is deployed, supervisor and all, with `workers` and `dispatch` of
/// `asked`; it answers as serve() does, but for /counters. Prints the same line once it accepts.
/// Serves until it is stopped; the exit code is app::run()'s (docs/exit_codes.md).
[[nodiscard]] int serve_cluster(const serve_options& asked);

}  // namespace shoal::bench
