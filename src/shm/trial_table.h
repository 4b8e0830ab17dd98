// Where processes on trial count what they do: those that are to succeed others, and serve a share
// of what comes before that is decided. The load slots are still those of the others.
//
// Made anew for each trial, so that what one has left is nobody else's; each word is a claim.
#pragma once

#include "shm/load_slot.h"
#include "shm/tally.h"
#include "shm/worker_table.h"

namespace shoal::shm {

/// Of one worker.
struct trial_place {
  static constexpr const char* segment_name = "shoal.trial";

  load_slot now;
  worker_tally all;  ///< beside the tally of its number, where it counts too
};

using trial_table = worker_table<trial_place>;

}  // namespace shoal::shm
