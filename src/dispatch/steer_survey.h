// What the supervisor sees when it chooses itself, or says how likely each worker is to be chosen.
#pragma once

#include <vector>

#include "base/clock.h"
#include "dispatch/candidate.h"
#include "shm/load_segment.h"

namespace shoal::dispatch {

/// Threads: one. The segment outlives it.
class steer_survey final {
 public:
  explicit steer_survey(const shm::load_segment& segment) : segment_(segment) {
    seen_.resize(segment.slot_count());
  }

  /// All workers as they are now. One that is not ready, whose slot is suspect or whose turn has
  /// lasted for longer than `stall` is not eligible. Cost: two or three cache lines for each.
  [[nodiscard]] candidates look(nanoseconds stall);

  /// Between the last two looks somebody was served, or is being served now.
  [[nodiscard]] bool somebody_served() const noexcept { return served_; }

 private:
  const shm::load_segment& segment_;
  std::vector<candidate> seen_;
  std::uint64_t turns_ = 0;  // of all workers
  bool served_ = false;
};

}  // namespace shoal::dispatch
