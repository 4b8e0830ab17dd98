// What an observer makes of a slot: every word is looked at once, for what it may be. A slot can
// hold anything (a killed writer, a bug, malice), and no reader may crash or believe nonsense.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "shm/load_slot.h"

namespace shoal::shm {

struct slot_view {
  worker_state state = worker_state::empty;
  std::uint64_t generation = 0;
  std::uint64_t pid = 0;
  std::uint64_t thread_id = 0;
  std::uint64_t node = 0;
  std::uint64_t cpu = not_pinned;
  driver_kind driver = driver_kind::unknown;
  std::uint64_t restarts = 0;

  std::uint64_t turns = 0;
  std::uint64_t connections_open = 0;
  std::uint64_t requests_in_flight = 0;
  std::uint64_t requests_total = 0;
  std::uint64_t connections_accepted = 0;

  std::uint64_t predicted_work_us = 0;
  std::uint64_t unserved = 0;
  std::uint64_t jobs_queued = 0;
  std::uint64_t stalls = 0;
  std::uint64_t rehomed = 0;
  std::uint64_t resident_bytes = 0;

  // Of the last window, unless what goes on now is known to be otherwise: a worker that has waited
  // for a second or longer was not busy and lagged behind nothing, one that is inside a turn for as
  // long has been busy all the time.
  double busy_share = 0;  ///< 0 .. 1
  nanoseconds lag_mean{0};
  nanoseconds lag_max{0};  ///< at least turn_age
  nanoseconds run_delay{0};

  nanoseconds turn_age{0};       ///< how long the turn has lasted that runs now; 0: none does
  nanoseconds heartbeat_age{0};  ///< since the last turn ended (since boot if none has)
  nanoseconds uptime{0};
  nanoseconds busy{0};  ///< time inside turns since boot

  /// A word was out of its range and has been replaced by the nearest possible value.
  bool suspect = false;
};

/// Threads: any. Costs two or four cache lines.
[[nodiscard]] slot_view read_slot(const load_slot& slot, monotonic_time now) noexcept;

/// At this moment, by the clock. Looks again where a word seems impossible: an observer that lost
/// its core between the clock and the slot sees moments in its future.
[[nodiscard]] slot_view read_slot(const load_slot& slot) noexcept;

/// "ready", "draining", ...
[[nodiscard]] std::string_view name_of(worker_state state) noexcept;

/// "uring", "epoll" or "unknown".
[[nodiscard]] std::string_view name_of(driver_kind driver) noexcept;

}  // namespace shoal::shm
