// What a worker's turns say about its load: arithmetic over their lengths, without a clock.
//
// Predicted work is what it will take to do what is in the worker's hands: requests times the time
// that one took lately, a moving average over some dozens of requests of (time inside turns) /
// (requests answered), and for each what the kernel did for it outside of turns in the last window.
// So it holds the cost of accepting and of writing too, and rises where the core is shared with
// others.
//
// The busy share is the time inside turns or the time on the core, whichever is more: a driver has
// the kernel send and receive inside its wait, which is no turn, and a handler that sleeps is busy
// without a core.
//
// Loop lag is what the loop's turns make others wait: an event that comes inside a turn is looked
// at when the turn is over. One that comes at a random moment of a window of length T meets a turn
// of length L with probability L / T and then waits L / 2 on average; so the mean is the sum of L²
// / 2T, and the most that anybody can have waited is the longest turn. It says nothing about the
// time that a thread waits for its core: that is the run delay.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace shoal::cluster {

/// Threads: one. Units: nanoseconds but where a name says otherwise.
class load_meter final {
 public:
  struct window {
    std::uint64_t busy_ppm = 0;
    std::uint64_t lag_mean_ns = 0;
    std::uint64_t lag_max_ns = 0;
  };

  explicit load_meter(monotonic_time now) noexcept : window_began_(now) {}

  /// A turn has ended; `requests_total` is the count of all answers up to now.
  void add_turn(std::uint64_t turn_ns, std::uint64_t requests_total) noexcept;

  /// For so many requests in hand: 0 for none, 1 at least for any.
  [[nodiscard]] std::uint64_t predict_us(std::uint64_t requests) const noexcept;

  /// A second or more has passed since it began: a worker without work closes none.
  [[nodiscard]] bool window_is_over(monotonic_time now) const noexcept;

  /// The window up to now, in which the thread has run for `cpu_ns`; the next one begins.
  window close_window(monotonic_time now, std::uint64_t cpu_ns) noexcept;

 private:
  double request_ns_ = 0;              // inside turns, the moving average
  double kernel_ns_ = 0;               // outside of them, for a request of the last window
  double unattributed_ns_ = 0;         // turns since the last answer
  std::uint64_t answered_ = 0;         // requests_total as it was
  std::uint64_t answered_before_ = 0;  // and when the window began
  monotonic_time window_began_;
  double turns_ns_ = 0;     // these three: of the window
  double squares_ns2_ = 0;  // 60 s squared do not fit into 64 bits
  std::uint64_t longest_ns_ = 0;
};

}  // namespace shoal::cluster
