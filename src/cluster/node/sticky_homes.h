// Which worker of the cluster a key belongs to: of those that say that they are ready, the first by
// rendezvous. When a process dies its keys go to others, and return when it does.
#pragma once

#include <vector>

#include "dispatch/candidate.h"
#include "http/server.h"
#include "shm/load_segment.h"

namespace shoal::cluster {

/// Threads: its worker's.
class sticky_homes final : public http::homes {
 public:
  /// For the worker `self`, which counts as ready. The segment outlives it.
  sticky_homes(const shm::load_segment& segment, unsigned self);

  [[nodiscard]] bool lives_here(std::uint64_t key) const noexcept override {
    return home_of(key) == self_;
  }

  /// Looks at the slots again after `look_every`: one load for each worker.
  [[nodiscard]] bool have_changed(monotonic_time now) noexcept override;
  static constexpr nanoseconds look_every = std::chrono::milliseconds(5);

  void takes_in_stray() noexcept override { has_strays_ = true; }
  static constexpr nanoseconds strays_stay = std::chrono::milliseconds(100);

  /// Its number in the cluster.
  [[nodiscard]] unsigned home_of(std::uint64_t key) const noexcept;

 private:
  const shm::load_segment& segment_;
  const unsigned self_;
  std::vector<dispatch::candidate> workers_;  ///< of the cluster
  monotonic_time next_look_{};
  monotonic_time strays_leave_{};
  bool has_strays_ = false;
};

}  // namespace shoal::cluster
