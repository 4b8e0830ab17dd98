#include "dispatch/steer_survey.h"

#include <utility>

#include "dispatch/consider.h"
#include "shm/slot_reader.h"

namespace shoal::dispatch {
candidates steer_survey::look(nanoseconds stall) {
  std::uint64_t turns = 0;
  bool in_turn = false;
  for (unsigned worker = 0; worker < seen_.size(); ++worker) {
    const auto view = shm::read_slot(segment_.slot(worker));
    turns += view.turns;
    in_turn = in_turn || view.turn_age.count() > 0;
    seen_[worker] = consider(view, stall);
  }
  served_ = in_turn || std::exchange(turns_, turns) != turns;
  return seen_;
}

}  // namespace shoal::dispatch
