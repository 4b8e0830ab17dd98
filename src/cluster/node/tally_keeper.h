// Adds what a worker's server has counted to the tally of its number: after each turn the
// differences to the turn before, so that what a process before this one has added stays.
#pragma once

#include "base/clock.h"
#include "http/server.h"
#include "shm/slot_writer.h"
#include "shm/tally.h"

namespace shoal::cluster {

/// Threads: the worker's. Cost: a comparison for each count, some ten nanoseconds for each of the
/// two or three that a turn changes.
class tally_keeper final {
 public:
  /// nullptr: it keeps none.
  tally_keeper(shm::worker_tally* tally, const shm::worker_identity& who) noexcept;

  /// What a server has answered is added here too, from now on.
  void count_also(shm::worker_tally& trial) noexcept { trial_ = &trial; }

  /// Another keeper has told what the same server did until its last turn.
  void go_on_from(const tally_keeper& before) noexcept { told_ = before.told_; }

  /// Requests that were answered in the turn that brought them took all of it: their answers leave
  /// at its end.
  void turn_ended(const http::server_counters& now, nanoseconds turn) noexcept;

  void stalled() noexcept { add(shm::total::stalls, 1); }
  void rehomed() noexcept { add(shm::total::rehomed, 1); }

  /// What counts by time is added with the window that it was in.
  void window_closed(std::uint64_t busy_ns, std::uint64_t turns,
                     std::uint64_t run_delay_ns) noexcept;

 private:
  void add(shm::total what, std::uint64_t more) noexcept {
    if (tally_ != nullptr) shm::add(*tally_, what, more);
  }

  void tell(shm::worker_tally& tally, const http::server_counters& now,
            nanoseconds turn) const noexcept;

  shm::worker_tally* const tally_;
  shm::worker_tally* trial_ = nullptr;
  http::server_counters told_;
  std::uint64_t busy_told_ns_ = 0;
  std::uint64_t turns_told_ = 0;
};

}  // namespace shoal::cluster
