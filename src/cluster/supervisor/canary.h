// Whether processes that were tried on a share of what comes may take over: by the share of their
// answers that failed, and by how many took long, both against those who served the rest in the
// same time. Pure.
//
// A share is a small number, and small numbers differ by chance: of three answers one that failed
// is a third. So what is allowed is exceeded when more have failed than chance explains, and the
// first answers of each worker may take any time, since its caches are cold.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "shm/load_slot.h"
#include "shm/tally.h"

namespace shoal::cluster {

/// What a reload asks of its new processes.
struct trial_terms {
  unsigned share_percent = 0;  ///< of all connections; 0: they are not tried
  nanoseconds window{0};
  unsigned errors_percent = 1;  ///< that may fail beyond what fails of those who serve
  unsigned p99_factor = 2;

  /// How long they are tried.
  [[nodiscard]] nanoseconds length() const noexcept {
    return share_percent == 0 ? nanoseconds::zero() : window;
  }
};

struct trial_counts {
  std::uint64_t answers = 0;
  std::uint64_t failed = 0;      ///< of them: 5xx
  std::uint64_t unanswered = 0;  ///< requests that are there now
  std::array<std::uint64_t, shm::latency_buckets> latency{};
  bool suspect = false;  ///< a number cannot be true

  /// What one worker says.
  void add(const shm::worker_tally& tally, const shm::load_slot& slot) noexcept;
  /// What has been counted before, or by others. What is there now stays.
  void subtract(const trial_counts& other) noexcept;
};

struct trial_verdict {
  std::string failure;  ///< why they may not take over; empty: they may
  std::string told;     ///< what was counted, for the log
};

/// `workers`: of all that are on trial.
[[nodiscard]] trial_verdict judge(const trial_counts& tried, const trial_counts& rest,
                                  const trial_terms& terms, unsigned workers);

}  // namespace shoal::cluster
