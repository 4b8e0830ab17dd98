// Where processes on trial count what they do: those that are to succeed others, and serve a share
// of what comes before that is decided. The load slots are still those of the others.
//
// Made anew for each trial, so that what one has left is nobody else's. As the tallies it is
// inherited by fork and nobody else maps it: there is no format, and each word is a claim.
#pragma once

#include <utility>

#include "base/result.h"
#include "shm/load_slot.h"
#include "shm/segment.h"
#include "shm/tally.h"

namespace shoal::shm {

/// Of one worker.
struct trial_place {
  load_slot now;
  worker_tally all;  ///< beside the tally of its number, where it counts too
};

class trial_table final {
 public:
  static result<trial_table> create(unsigned workers);

  /// worker < workers.
  [[nodiscard]] trial_place& of(unsigned worker) const noexcept;

 private:
  trial_table(mapping memory, unsigned workers) noexcept
      : memory_(std::move(memory)), workers_(workers) {}

  mapping memory_;
  unsigned workers_;
};

}  // namespace shoal::shm
