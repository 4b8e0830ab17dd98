// An upgrade in place as the supervisor sees it that is to be replaced: a pure machine. The heir is
// another program, which is started beside, gets the same sockets, and starts node processes of its
// own. Not before all of those have been proved do ours leave.
//
//   starting ─hello→ booting ─proved→ handed over ─ready→ done
//      │                │                  │
//      └─ ended, too late, called off ─────┼→ failed, and nobody has noticed anything
//                                          └─ended→ failed: what was handed over is taken back
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace shoal::cluster {

enum class upgrade_action : unsigned char {
  none,
  bequeath,   ///< send it what it is to have
  hand_over,  ///< tell node processes to leave
  kill,       ///< the heir; ended() follows
  take_back   ///< start node processes again
};

class upgrade final {
 public:
  /// The heir has been started and must be proved before `deadline`.
  explicit upgrade(monotonic_time deadline) noexcept : deadline_(deadline) {}

  upgrade_action hello(std::string_view protocol);
  /// It must serve before `deadline`, which counts from here: ours have to leave first.
  upgrade_action proved(monotonic_time deadline) noexcept;
  /// False: it was not to be expected.
  bool ready() noexcept;
  /// It has said why it cannot.
  void failed(std::string why);
  upgrade_action ended(std::string how);
  /// To be called at deadline(). Too early does nothing.
  upgrade_action timer(monotonic_time now);
  /// The cluster stops.
  upgrade_action call_off();

  [[nodiscard]] monotonic_time deadline() const noexcept { return deadline_; }
  /// The heir's life is ours no more, or it has none.
  [[nodiscard]] bool over() const noexcept {
    return phase_ == phase::done || phase_ == phase::lost;
  }
  /// The sockets are the heir's.
  [[nodiscard]] bool handed_over() const noexcept {
    return phase_ == phase::handed_over || phase_ == phase::done;
  }
  /// Why it has failed; empty: it has not.
  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }

 private:
  enum class phase : unsigned char { starting, booting, handed_over, done, dying, lost };

  upgrade_action give_up(std::string why);

  phase phase_ = phase::starting;
  monotonic_time deadline_;
  std::string failure_;
};

}  // namespace shoal::cluster
