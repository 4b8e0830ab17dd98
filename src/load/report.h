// What a load has shown. Threads report for themselves, and their reports add up: histograms are
// merged, percentiles never averaged.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "load/histogram.h"
#include "load/options.h"
#include "load/request_log.h"
#include "load/tally.h"

namespace shoal::load {

struct kind_report {
  load::tally tally;  ///< its requests
  histogram latency;  ///< of answers, and with their ages of requests that were given up
};

/// Its first and its last moment; the last one of a count is not known before.
struct window {
  monotonic_time begin{};
  monotonic_time end = never;
};

/// What a thread has done within the window.
struct thread_use {
  double busy = 0;          ///< share of it that the thread worked
  std::uint64_t came = 0;   ///< answers, right or wrong
  std::uint64_t turns = 0;  ///< in which they were looked for

  [[nodiscard]] double answers_per_turn() const noexcept {
    return turns == 0 ? 0.0 : static_cast<double>(came) / static_cast<double>(turns);
  }
};

/// One measured window, of one thread or of all.
struct report {
  tally total;                     ///< of all kinds, and of connections
  std::vector<kind_report> kinds;  ///< of options::kinds, in that order
  window span;
  double seconds = 0;
  bool interrupted = false;  ///< somebody has ended it before its time
  std::string driver;        ///< the generator's own

  /// Right answers that came within the window, whenever asked; of a closed loop that counts
  /// requests, those of them.
  std::uint64_t right_within = 0;

  /// Requests that were out at the end of a closed loop, or of one that was interrupted: neither
  /// answers nor errors.
  std::uint64_t unfinished = 0;

  std::vector<log_entry> log;  ///< if options::log; of several threads in no order

  // Of an open loop.
  std::uint64_t planned = 0;  ///< requests that were due within the window
  std::uint64_t waited = 0;   ///< of them, found no connection free when they were due
  histogram send_lag;         ///< of the others: from when they were due to when they were sent

  std::vector<thread_use> threads;
  double cpu_seconds = 0;      ///< of all threads, with what was spent on being on time
  double spun_seconds = 0;     ///< of that: on looking for what was about to be due, and no work
  double server_seconds = -1;  ///< CPU time of the watched processes; -1: none, or one has gone

  /// Adds another thread's.
  void add(const report& other);

  [[nodiscard]] histogram latency() const;  ///< of all kinds
  [[nodiscard]] double rate() const noexcept {
    return seconds > 0 ? static_cast<double>(right_within) / seconds : 0;
  }
  [[nodiscard]] double busiest() const noexcept;  ///< share of the window, of the busiest thread
  [[nodiscard]] double answers_per_turn() const noexcept;  ///< of all threads
};

}  // namespace shoal::load
