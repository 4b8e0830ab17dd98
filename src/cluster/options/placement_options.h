// What of a program's options says who runs where.
#pragma once

#include "shoal/cluster/options.h"
#include "topology/placement.h"

namespace shoal::cluster {

/// The option table has read all of it before.
[[nodiscard]] topology::wish wish_of(const options& o);

}  // namespace shoal::cluster
