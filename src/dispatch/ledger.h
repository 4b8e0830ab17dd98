// What one chooser has given to each worker: what the worker has not seen yet, which keeps a burst
// from herding, and what it got lately, which bounds what a liar wins (dispatch/fair_share.h).
//
// "Lately" is measured in decisions and not in time: when the sum reaches a bound, every count is
// halved. All begin at their even share, so that the first connections are not taken for an excess.
#pragma once

#include <cstdint>
#include <vector>

#include "dispatch/candidate.h"

namespace shoal::dispatch {

/// Threads: one.
class ledger final {
 public:
  explicit ledger(unsigned workers) : accounts_(workers), recent_sum_(workers * even) {}

  /// A connection goes to `worker`.
  void gave(unsigned worker) noexcept;

  /// It has come back: the worker's process could not take it.
  void returned(unsigned worker) noexcept {
    accounts_[worker].unseen -= unseen(worker) != 0 ? 1 : 0;
  }

  /// The worker is gone, and what it has not seen with it.
  void forget(unsigned worker) noexcept { accounts_[worker].unseen = 0; }

  /// `taken`: connections that the worker says it has accepted since it booted. A number that falls
  /// is a new process, one beyond what was given is nonsense; neither makes what is unseen
  /// negative.
  void saw(unsigned worker, std::uint64_t taken) noexcept;

  /// Adds what the worker has not seen to what it said of itself; `each_us` is the work predicted
  /// for one.
  [[nodiscard]] candidate amend(candidate c, unsigned worker, std::uint64_t each_us) const noexcept;

  [[nodiscard]] std::uint64_t unseen(unsigned worker) const noexcept {
    return accounts_[worker].unseen;
  }

 private:
  static constexpr std::uint64_t even = 32;  ///< small enough to forget, large enough to be smooth

  struct account {
    std::uint64_t unseen = 0;
    std::uint64_t taken = 0;  ///< as last said
    std::uint64_t recent = even;
  };

  std::vector<account> accounts_;
  std::uint64_t recent_sum_;
};

}  // namespace shoal::dispatch
