// A whole load: its threads, from the first connection to the merged report.
#pragma once

#include <functional>

#include "base/result.h"
#include "load/live_figures.h"
#include "load/preparation.h"
#include "load/report.h"

namespace shoal::load {

/// Called about ten times a second on the caller's thread. False ends the load; what there is by
/// then is reported.
using watch = std::function<bool(const live_sum&)>;

/// Called once, when all connections are open that a warm-up begins with: the window as it is
/// planned. On the caller's thread.
using announcement = std::function<void(const window&)>;

/// Blocks until the load is over. An error: a thread could not begin.
[[nodiscard]] result<report> run(const preparation&, const watch& look = {},
                                 const announcement& tell = {});

}  // namespace shoal::load
