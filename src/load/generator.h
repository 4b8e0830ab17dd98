// One thread's part of a load: opens its connections, and has them ask.
//
// An open loop plans when each request is due and counts from then, whatever the server does
// meanwhile: one that stalls is asked no less often, and all that wait count in full (no
// coordinated omission). What finds no connection free leaves later, on the first that is, or waits
// in the line of its own (options::pick).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "io/driver.h"
#include "io/loop.h"
#include "load/arrivals.h"
#include "load/connection.h"
#include "load/crowd.h"
#include "load/first_body.h"
#include "load/histogram.h"
#include "load/live_figures.h"
#include "load/options.h"
#include "load/pick.h"
#include "load/report.h"
#include "load/tape.h"
#include "load/wake_margin.h"

namespace shoal::load {

/// Which part of a load is whose.
struct share {
  unsigned index = 0;
  unsigned of = 1;

  /// This part's of `all`, whole ones.
  [[nodiscard]] std::uint64_t of_all(std::uint64_t all) const noexcept {
    return all / of + (index < all % of ? 1 : 0);
  }
};

/// What all threads of a load share and nobody changes.
struct common_ground {
  const options& asked;
  const tape& requests;
  std::deque<first_body>& first;  ///< of each kind
};

/// The time within a turn; a simulated driver's stands still there.
using clock_of_driver = monotonic_time (*)(const io::driver&) noexcept;
[[nodiscard]] inline monotonic_time real_time(const io::driver&) noexcept { return read_clock(); }

/// Threads: one, but for live() and ask_to_stop().
class generator final {
 public:
  generator(const common_ground&, share, io::driver&, clock_of_driver = real_time);
  ~generator();  ///< closes its connections
  generator(const generator&) = delete;
  generator& operator=(const generator&) = delete;

  /// Opens the connections: until each has been opened once, or cannot be, or `limit`.
  void open_connections(monotonic_time limit);

  /// Begins the plan of an open loop. Until then nothing is due.
  void begin_plan(monotonic_time when);

  /// Asks until `end`, or until all of options::count is done, or it is asked to stop.
  void run_until(monotonic_time end);

  /// Requests of the time from `from` on count: what was counted before is forgotten. The plan ends
  /// at `end`.
  void begin_counting(monotonic_time from, monotonic_time end);

  /// Of an open loop: until what was due before the plan's end is answered or given up.
  void wait_for_the_rest();

  /// All that it has seen, and what of it is counted.
  [[nodiscard]] const crowd& seen() const noexcept { return crowd_; }
  [[nodiscard]] tally counted() const noexcept;
  void tell(report& to) const;

  /// The time now, also within a turn.
  [[nodiscard]] monotonic_time time() const noexcept { return clock_(crowd_.driver); }
  /// Time spent on looking before something was due, and not on work.
  [[nodiscard]] nanoseconds spun() const noexcept { return spun_; }
  [[nodiscard]] std::uint64_t turns() const noexcept { return crowd_.driver.counters().waits; }
  [[nodiscard]] bool stopped() const noexcept { return stop_.load(std::memory_order_relaxed); }

  [[nodiscard]] const live_figures& live() const noexcept { return live_; }

  /// Any thread: it returns soon from whatever it is in.
  void ask_to_stop() noexcept;

 private:
  void turn(monotonic_time until);
  void open_some();
  void look_after(monotonic_time now);
  void give_up_old_plans(monotonic_time before, monotonic_time now);
  void let_answers_gather();
  [[nodiscard]] monotonic_time keep_pace(monotonic_time until);
  void wait(monotonic_time until);
  void look_without_sleep(monotonic_time now);
  [[nodiscard]] connection* taker() noexcept;
  [[nodiscard]] connection& drawn() noexcept;
  void note_departure(monotonic_time now);
  void advance_plan();
  void notice_end(monotonic_time now);
  void publish(monotonic_time now) noexcept;
  void close_connections();

  const options& asked_;
  const share share_;
  const clock_of_driver clock_;
  crowd crowd_;
  std::deque<connection> connections_;
  std::size_t opened_ = 0;
  std::uint64_t brought_ = 0;  // answers, by the last turn
  io::loop loop_;

  // The plan of an open loop.
  std::optional<deck> deck_;  // where requests join the lines of connections
  timetable timetable_;
  monotonic_time due_ = never;       // when the next request is to leave
  monotonic_time plan_end_ = never;  // what is due from then on is not sent
  monotonic_time held_until_{};      // what was due until then found no connection free
  wake_margin margin_;
  nanoseconds spun_{0};
  std::size_t place_ = 0;      // on the tape
  std::uint64_t plan_left_;    // requests that are planned at most
  std::uint64_t planned_ = 0;  // requests counted
  std::uint64_t waited_ = 0;   // of them, found no connection free and were not given to one
  histogram lag_;              // of those that did not wait: from due to sent

  monotonic_time next_look_{};   // at what rests
  monotonic_time next_sweep_{};  // for what is too old
  monotonic_time next_publication_{};
  monotonic_time last_progress_{};  // of a count
  std::uint64_t progress_ = 0;      // answers then
  bool counting_ = false;
  bool done_ = false;
  live_figures live_;
  std::atomic<bool> stop_{false};  // any thread sets it, the generator reads it
};

}  // namespace shoal::load
