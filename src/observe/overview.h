// What any worker can tell of its whole cluster: it looks into the memory that all of them share.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "shm/load_segment.h"
#include "shm/page_tally.h"
#include "shm/tally.h"

namespace shoal::observe {

/// Made before the first fork, and the same in all processes. Threads: any.
struct overview {
  shm::load_view slots;
  shm::tally_table tallies;
  shm::page_table pages;
  std::vector<unsigned> numa_nodes;  ///< ids, in the order of the pages' table
  /// The number of each worker's node process. From the plan: what a slot says of itself may be
  /// damaged, and a series must not change its name for that.
  std::vector<unsigned> process_of;
  std::string version;
};

/// What a worker keeps of it. Nothing where no cluster is.
struct known_cluster {
  std::shared_ptr<const overview> of;
};

[[nodiscard]] inline std::shared_ptr<known_cluster> known(std::shared_ptr<const overview> of) {
  return std::make_shared<known_cluster>(known_cluster{std::move(of)});
}

}  // namespace shoal::observe
