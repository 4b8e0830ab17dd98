// The way from the workers of one process to those of others: a note to the supervisor, which finds
// somebody who takes it.
//
// The process stays until each of its connections has been taken: where all drain at once, nobody
// else is left, and it gets them back. And so many are under way at most, which bounds what the
// supervisor holds: one for which it had no descriptor free would be lost.
#pragma once

#include <atomic>

#include "base/clock.h"
#include "cluster/node/roll_call.h"
#include "http/moved_connection.h"

namespace shoal::cluster {

class way_out final {
 public:
  static constexpr unsigned most_on_way = 32;

  /// `channel`: the process's end. `workers` outlives it.
  way_out(int channel, roll_call& workers) noexcept : channel_(channel), workers_(workers) {}

  /// Whoever holds in the roll call, or the main thread. True: let go of it (http::let_go_of).
  /// False: nothing has happened to it. Never waits. Cost: a system call.
  [[nodiscard]] bool send(const http::moved_connection& one) noexcept;

  /// How many may be sent now, if nobody else does.
  [[nodiscard]] unsigned room() const noexcept;

  // The main thread's.

  /// How many may be sent that need not go. What is sent while the supervisor is stopped waits for
  /// it, and nobody can take it back: so one goes first, and others once that has been taken.
  [[nodiscard]] unsigned room_for_help(monotonic_time now) const noexcept;

  void open() noexcept { open_.store(true, std::memory_order_relaxed); }
  /// The process drains: others do not want what it has. Who sends at this moment gets it back.
  void shut() noexcept { open_.store(false, std::memory_order_relaxed); }
  /// The supervisor says so.
  void passed(unsigned count, monotonic_time now) noexcept;

 private:
  void let_go_of_one() noexcept;

  static constexpr nanoseconds trusted = std::chrono::milliseconds(20);

  const int channel_;
  roll_call& workers_;
  std::atomic<bool> open_{false};    // the main thread writes
  monotonic_time heard_{};           // of one that was taken
  std::atomic<unsigned> on_way_{0};  // senders raise it, the main thread lowers it
};

}  // namespace shoal::cluster
