// Whether a user can do what node processes will have to do as that user: found out before there is
// one.
#pragma once

#include <functional>

#include "base/result.h"
#include "cluster/rights/run_as.h"

namespace shoal::cluster {

/// Runs `what` in a child that becomes this user, waits for it, and returns what it returned. What
/// it opens is gone with it. Threads: the process must have no other.
[[nodiscard]] result<void> try_as(const run_as& who, const std::function<result<void>()>& what);

}  // namespace shoal::cluster
