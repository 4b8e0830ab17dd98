#include "cluster/options/placement_options.h"

#include "base/check.h"

namespace shoal::cluster {

topology::wish wish_of(const options& o) {
  topology::wish wish;
  if (o.nodes != 0) wish.nodes = o.nodes;
  if (o.workers != 0) wish.workers = o.workers;
  const auto unit = topology::parse_unit(o.unit);
  const auto how = topology::parse_arrangement(o.placement);
  SHOAL_CHECK(unit && how);
  wish.unit = *unit;
  wish.how = *how;
  if (o.memory != "auto") wish.memory = topology::parse_memory_policy(o.memory);
  SHOAL_CHECK(o.memory == "auto" || wish.memory);
  wish.threads_per_core = o.threads_per_core;
  return wish;
}

}  // namespace shoal::cluster
