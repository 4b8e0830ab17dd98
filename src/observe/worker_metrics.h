// One worker as its metrics see it, and all families that have a sample for each worker.
#pragma once

#include <array>
#include <span>
#include <string>

#include "observe/exposition.h"
#include "shm/slot_reader.h"
#include "shm/tally.h"

namespace shoal::observe {

struct seen_worker {
  std::string worker;  ///< its number
  std::string node;    ///< that of its process
  shm::slot_view slot;
  shm::tally_view tally;

  [[nodiscard]] std::array<metric_label, 2> labels() const noexcept {
    return {{{"worker", worker}, {"node", node}}};
  }
};

void tell_workers(exposition& to, std::span<const seen_worker> workers);

}  // namespace shoal::observe
