// What a worker tells the cluster about itself, once a turn: its slot. And once a second, when it
// turns anyway, a sample into its ring: a worker without work sleeps and publishes nothing.
#pragma once

#include "http/server.h"
#include "io/loop.h"
#include "shm/load_ring.h"
#include "shm/slot_writer.h"

namespace shoal::cluster {

/// Threads: the worker's. Cost of a turn: one look at the clock and about ten stores.
class load_publisher final : public io::turn_observer {
 public:
  load_publisher(shm::load_slot& slot, shm::load_ring& ring, const shm::worker_identity& who)
      : slot_(slot, who, read_clock()), ring_(ring), generation_(who.generation) {}

  /// Whose counters are published from now on; nullptr: nobody's.
  void watch(const http::server* server) noexcept { server_ = server; }

  void set_state(shm::worker_state state) noexcept { slot_.set_state(state); }

  void turn_began(monotonic_time now) noexcept override { slot_.turn_began(now); }
  void turn_ended() noexcept override;

 private:
  void sample(monotonic_time now, const shm::worker_load& load) noexcept;

  shm::slot_writer slot_;
  shm::load_ring& ring_;
  std::uint64_t generation_;
  const http::server* server_ = nullptr;
  monotonic_time next_sample_{};
};

}  // namespace shoal::cluster
