// What each route's handler costs, and where it is therefore run. Of handlers on the loop it is
// learned only while it matters: for some requests after a turn that was long, the clocks are read
// around each; at other times a request costs one comparison. Of those on other threads each run is
// measured.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "compute/executor.h"
#include "shoal/http/route_options.h"

namespace shoal::http {

/// One stretch of a handler.
struct handler_run {
  nanoseconds wall{0};
  nanoseconds cpu{0};   ///< of its thread
  bool waited = false;  ///< of its own will; else others had its core in the rest of the time
};

/// Threads: the loop's.
class route_costs final {
 public:
  enum class place : std::uint8_t {
    here,
    own_turn,  ///< here, but it holds the worker for long (slow_lane.h)
    compute,
    blocking,
  };

  /// `plans`: by route; outlives this. `offload_after` zero: no route is moved that does not say
  /// so.
  route_costs(const std::vector<route_options>& plans, const compute::executors& others,
              nanoseconds offload_after);

  [[nodiscard]] place of(std::size_t route) const noexcept { return places_[route]; }
  [[nodiscard]] compute::executor* executor_of(std::size_t route) const noexcept;

  /// Whether any route may move, so that it matters what its time goes to.
  [[nodiscard]] bool moves_routes() const noexcept {
    return offload_after_ > nanoseconds::zero() &&
           (others_.compute != nullptr || others_.blocking != nullptr);
  }

  void turn_was_long() noexcept { left_ = requests_watched; }
  [[nodiscard]] bool watches() const noexcept { return left_ != 0; }

  /// On the loop, while it was watched. `bound`: it has reached its worker's state.
  void ran_here(std::size_t route, const handler_run& took, bool bound) noexcept;
  /// Elsewhere.
  void ran_away(std::size_t route, const handler_run& took, monotonic_time now) noexcept;
  /// It has turned out elsewhere that it needs its worker.
  void needs_worker(std::size_t route) noexcept;

  /// What a run of it will take: time on a core, or on a thread if it sleeps. 0: not known yet.
  [[nodiscard]] std::uint32_t predicted_us(std::size_t route) const noexcept {
    return learned_[route].cost_us;
  }

 private:
  struct learned {
    std::uint32_t cost_us = 0;
    std::uint32_t light_runs = 0;  ///< since it was heavy
    monotonic_time light_since{};  ///< the first of them
    bool bound = false;            ///< stays with its worker
  };

  [[nodiscard]] bool may_move(std::size_t route) const noexcept;

  static constexpr unsigned requests_watched = 1000;
  // Some hundred times what a system call costs: one more before such a handler is not felt.
  static constexpr nanoseconds long_run = std::chrono::microseconds(300);

  const std::vector<route_options>& plans_;
  const compute::executors others_;
  const nanoseconds offload_after_;
  std::vector<place> places_;
  std::vector<learned> learned_;
  unsigned left_ = 0;
};

}  // namespace shoal::http
