// Whether something can be done that node processes will have to do, as the user that they will be:
// found out before there is one.
#pragma once

#include <functional>
#include <optional>

#include "base/result.h"
#include "cluster/rights/run_as.h"

namespace shoal::cluster {

/// Runs `what` in a child that becomes this user, or stays who it is if there is nobody to become,
/// waits for it, and returns what it returned. What it opens is gone with it, and so is what it
/// changes of itself. Threads: the process must have no other.
[[nodiscard]] result<void> try_as(const std::optional<run_as>& who,
                                  const std::function<result<void>()>& what);

}  // namespace shoal::cluster
