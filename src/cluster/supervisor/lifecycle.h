// The life of one node process slot, as a pure machine: events and times go in, at most one action
// comes out. It makes no system call and reads no clock, so a table and seeds test all of it.
//
//   idle ─start→ booting ─ready→ ready ─stop→ draining ─exited→ stopped
//                  │ ↑             │
//            exited│ │timer        │exited
//                  ↓ │             ↓
//                waiting ←─────────┘   (at once after a healthy life, or if it was nobody's fault)
//                  │ too many failed boots in the period
//                  ↓
//               given_up
//
// Who has been ready and crashes soon is slowed down and never given up: else a few requests that
// crash a handler would end the whole service. A boot that fails again and again is another matter:
// it has never served and will not.
#pragma once

#include <vector>

#include "base/clock.h"

namespace shoal::cluster {

struct lifecycle_options {
  nanoseconds boot_timeout{0};
  nanoseconds drain_timeout{0};
  nanoseconds healthy_after{0};
  nanoseconds delay{0};
  nanoseconds delay_limit{0};
  unsigned failure_limit = 0;
  nanoseconds failure_period{0};
};

/// How a process ended.
enum class end_kind : unsigned char {
  left,     ///< somebody else than us asked it to go, and it ended as it should
  killed,   ///< by SIGKILL, which is never its own doing
  crashed,  ///< of itself: a signal, an exit code, a boot that failed
  failed,   ///< likewise, and it is to be slowed down however long it has served
  forgone   ///< nobody shall follow
};

enum class slot_state : unsigned char {
  idle,
  booting,
  ready,
  draining,
  waiting,
  stopped,
  given_up
};
enum class slot_action : unsigned char {
  none,
  fork,    ///< now
  drain,   ///< ask the process to stop
  kill,    ///< SIGKILL; exited() follows
  give_up  ///< its boot has failed too often; the cluster must end
};

class slot_lifecycle final {
 public:
  explicit slot_lifecycle(const lifecycle_options& o) : options_(o) {}

  /// For deadlines and failures from now on.
  void change(const lifecycle_options& o) noexcept { options_ = o; }

  slot_action start(monotonic_time now) noexcept;
  slot_action became_ready(monotonic_time now) noexcept;

  /// The process is gone and has been reaped; also when fork itself failed. A process that was
  /// ready and left or was killed has not failed.
  slot_action exited(monotonic_time now, end_kind end) noexcept;

  /// Another process, which has booted, takes the place of whatever was there. Its boot timeout
  /// counts once more, from `begin`.
  void succeeded(monotonic_time begin) noexcept;

  /// Another supervisor has the slot now.
  void handed_over() noexcept;

  slot_action stop(monotonic_time now) noexcept;      ///< drain; a process in boot too
  slot_action stop_now(monotonic_time now) noexcept;  ///< kill what is alive

  /// To be called at deadline(). Too early does nothing.
  slot_action timer(monotonic_time now) noexcept;
  [[nodiscard]] monotonic_time deadline() const noexcept { return deadline_; }

  [[nodiscard]] slot_state state() const noexcept { return state_; }
  /// A process exists (or fork was asked for).
  [[nodiscard]] bool alive() const noexcept;
  [[nodiscard]] bool over() const noexcept;  ///< stopped or given_up
  /// Failures in a row.
  [[nodiscard]] unsigned failures() const noexcept { return failures_; }

 private:
  slot_action fork(monotonic_time now) noexcept;
  slot_action boot_failed(monotonic_time now) noexcept;
  slot_action wait(monotonic_time now) noexcept;
  [[nodiscard]] nanoseconds delay() const noexcept;

  lifecycle_options options_;
  slot_state state_ = slot_state::idle;
  monotonic_time deadline_ = never;
  monotonic_time ready_since_ = never;
  unsigned failures_ = 0;
  std::vector<monotonic_time> recent_;  // failed boots within the period, oldest first
};

[[nodiscard]] const char* name_of(slot_state) noexcept;

}  // namespace shoal::cluster
