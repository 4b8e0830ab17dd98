// Which workers of a process give connections to which others, from how long each of them was
// inside turns. Pure: it reads no clock and no shared memory.
//
// A worker's busy share is a moving average over windows of a tenth of a second, and so is the
// square of each window's deviation from it: that says how much of a difference is chance. Who is
// above the mean by more than chance and a margin gives what is above, to those below it, in
// proportion to what they lack. What was given counts at once, as if it had worked already, so that
// the next looks do not give it again; and who has given or taken is calm before it gives.
#pragma once

#include <span>
#include <vector>

#include "base/clock.h"

namespace shoal::cluster {

struct shift {
  struct receiver {
    unsigned worker = 0;
    double weight = 0;  ///< its share of what is given: all of a shift's make 1
  };

  unsigned from = 0;
  double part = 0;  ///< of what it does, 0 .. 1
  std::vector<receiver> to;
};

/// Threads: one.
class rebalancer final {
 public:
  static constexpr nanoseconds window = std::chrono::milliseconds(100);
  /// Who was not asked for so long has slept: what it knew is forgotten.
  static constexpr nanoseconds longest_window = std::chrono::milliseconds(500);
  static constexpr nanoseconds calm = std::chrono::milliseconds(300);
  /// Connections in one shift. With the calm: some 400 a second and worker. Each costs its giver
  /// some ten microseconds.
  static constexpr unsigned most_moves = 128;

  explicit rebalancer(unsigned workers) : workers_(workers) {}

  /// `busy`: time inside turns of each worker since it began, the turn under way included. Looks
  /// when a window is over, and then says who is to give; most often nobody.
  [[nodiscard]] std::vector<shift> look(monotonic_time now, std::span<const nanoseconds> busy);

  /// It is given nothing, and has nothing to give.
  void let_rest(unsigned worker, bool whether) noexcept { workers_[worker].rests = whether; }

 private:
  struct worker {
    nanoseconds busy{0};  ///< at the last look
    double share = 0;
    double variance = 0;  ///< of the share of one window
    monotonic_time calm_until{};
    bool rests = false;
  };

  void begin_anew(std::span<const nanoseconds> busy) noexcept;
  void measure(nanoseconds passed, std::span<const nanoseconds> busy) noexcept;
  [[nodiscard]] double chance(const worker& one) const noexcept;
  [[nodiscard]] double mean_share() const noexcept;
  [[nodiscard]] std::vector<shift> decide(monotonic_time now);

  std::vector<worker> workers_;
  monotonic_time looked_{};
  unsigned windows_ = 0;
  double error_ = 0;       ///< square of an average's standard error, for a window's variance of 1
  double dispersion_ = 0;  ///< variance for each unit of share, over all workers
};

}  // namespace shoal::cluster
