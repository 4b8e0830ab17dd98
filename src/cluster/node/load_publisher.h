// What a worker tells the cluster about itself: once a turn its slot, and once a second, when it
// turns anyway, what is counted over a window, and a sample into its ring. A worker without work
// sleeps and publishes nothing. Those who choose workers for new connections read the steering
// table; it gets the same turns.
#pragma once

#include "cluster/node/load_meter.h"
#include "cluster/node/tally_keeper.h"
#include "cluster/node/thread_meter.h"
#include "dispatch/steer_table.h"
#include "http/server.h"
#include "io/loop.h"
#include "shm/load_ring.h"
#include "shm/slot_writer.h"

namespace shoal::cluster {

/// Threads: the worker's, its making included. Cost of a turn: one look at the clock, a dozen
/// stores and a division; of a second: three system calls. bench/micro/publish_bench: 40 ns and 4
/// us, so a turn that serves one request costs 0.6 % of it (at 2.1 GHz).
class load_publisher final : public io::turn_observer {
 public:
  /// A turn of `stall` or longer is counted as one. `pen`: of the steering table, where there is
  /// one; `tally`: where all that had this slot have counted, likewise.
  load_publisher(shm::load_slot& slot, shm::load_ring& ring, const shm::worker_identity& who,
                 const dispatch::steer_pen& pen = {},
                 nanoseconds stall = std::chrono::milliseconds(25),
                 shm::worker_tally* tally = nullptr);

  /// Whose counters are published from now on; nullptr: nobody's.
  void watch(const http::server* server) noexcept { server_ = server; }

  /// The worker is on trial: what it answers is counted here beside its tally.
  void count_also(shm::worker_tally& trial) noexcept { tally_.count_also(trial); }

  /// In the place of another one of the same worker, which has a slot of its own now.
  void go_on_from(const load_publisher& before) noexcept {
    meter_ = before.meter_;
    tally_.go_on_from(before.tally_);
  }

  /// The turn that ended last.
  [[nodiscard]] nanoseconds last_turn() const noexcept { return last_turn_; }

  /// Only who is `ready` gets connections.
  void set_state(shm::worker_state state) noexcept;

  /// A connection was sent to the NUMA node of its packets.
  void rehomed() noexcept {
    slot_.rehomed();
    tally_.rehomed();
  }

  void turn_began(monotonic_time now) noexcept override;
  void turn_ended() noexcept override;

 private:
  void count_stall() noexcept;
  [[nodiscard]] shm::worker_load count() const noexcept;
  void close_window(monotonic_time now, const shm::worker_load& load) noexcept;
  [[nodiscard]] std::uint64_t take_run_delay_ns() noexcept;

  shm::slot_writer slot_;
  dispatch::steer_pen pen_;
  shm::load_ring& ring_;
  load_meter meter_;
  tally_keeper tally_;
  thread_meter thread_;
  const std::uint64_t stall_ns_;
  const std::uint64_t generation_;
  const http::server* server_ = nullptr;
  nanoseconds last_turn_{0};
  std::uint64_t cpu_ns_;        // of the thread, when the window began
  std::uint64_t run_delay_ns_;  // likewise
};

}  // namespace shoal::cluster
