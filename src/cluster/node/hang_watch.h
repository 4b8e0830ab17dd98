// When a turn has lasted so long that its worker has to be given up: a pure machine that the
// watcher asks at each look.
//
// One worker that hangs is its handler's doing: the process is ended with a core and replaced.
// Several at once, in this process or in others, mean a machine that is sick (its disk, its memory,
// its host), and ending them would make it worse. And a watcher that was not run itself for a while
// has no right to judge the others by that time.
#pragma once

#include <span>

#include "base/clock.h"

namespace shoal::cluster {

class hang_watch final {
 public:
  explicit hang_watch(nanoseconds timeout) noexcept : timeout_(timeout) {}

  enum class verdict : unsigned char {
    none,
    hangs,  ///< one alone, and it is ours: end the process
    sick    ///< several: told once, nobody is ended
  };

  /// `ages`: of the turns under way of all workers of the cluster, 0 for those that wait; `ours`:
  /// the oldest of this process.
  [[nodiscard]] verdict look(monotonic_time now, std::span<const nanoseconds> ages,
                             nanoseconds ours) noexcept;

  /// Whether look() is worth its reading of all slots.
  [[nodiscard]] bool cares(nanoseconds ours) const noexcept {
    return timeout_ > nanoseconds::zero() && ours >= timeout_;
  }

 private:
  nanoseconds timeout_;
  monotonic_time trusts_from_{};
  monotonic_time last_look_{};
  bool told_ = false;
};

}  // namespace shoal::cluster
