// The access log of a process. Each worker formats a line for each answer and appends it to a ring
// of its own; one thread takes from all rings and writes, a batch with one write.
//
// A worker never waits for it: where the disk is full or nobody reads, lines are dropped, counted,
// and the error log says so once a minute. The thread sleeps until there is a line, then lets more
// come for an interval; it is not woken in between but by a ring that is half full. Without
// requests nothing ticks. A process that is killed takes the lines of that interval with it.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <string>
#include <thread>

#include "base/descriptor.h"
#include "http/date.h"
#include "http/request_observer.h"
#include "observe/access_format.h"
#include "observe/drop_report.h"
#include "observe/line_ring.h"
#include "observe/log_pump.h"
#include "shm/tally.h"

namespace shoal::observe {

class access_log;

/// A few nanoseconds, exact to the kernel's tick of 1 to 4 ms.
[[nodiscard]] wall_time read_coarse_clock() noexcept;

struct access_log_options {
  std::string path;  ///< "-" is stdout
  access_format format = access_format::combined;
  query_shown query = query_shown::names;
  std::size_t ring_bytes = 256 * 1024;      ///< for each worker; a power of two
  std::chrono::milliseconds interval{200};  ///< that lines may wait for others
  http::wall_clock clock = read_coarse_clock;
};

/// A worker's pen. Threads: the worker's. Cost: no allocation and, but for a line that wakes the
/// thread, no system call.
class access_pen final : public http::request_observer {
 public:
  access_pen(access_log& log, line_ring& ring, const access_log_options& options) noexcept;
  access_pen(const access_pen&) = delete;
  access_pen& operator=(const access_pen&) = delete;

  void answered(const http::answered_request& what) noexcept override;

 private:
  access_log& log_;
  line_ring& ring_;
  const http::wall_clock clock_;
  access_formatter formatter_;
};

class access_log final {
 public:
  /// Opens the file and starts the thread; a file that cannot be opened loses its lines until
  /// reopen() finds it mended, and the error log says so. `tally`: where lost lines are counted for
  /// others to see; nullptr: nowhere. Throws std::system_error where the system allows no thread
  /// more.
  access_log(const access_log_options& options, unsigned workers,
             shm::worker_tally* tally = nullptr);
  /// To a file that is open already.
  access_log(const access_log_options& options, unsigned workers, shm::worker_tally* tally,
             log_file file);
  /// Writes what there is, if somebody takes it within a second. The workers have ended.
  ~access_log();
  access_log(const access_log&) = delete;
  access_log& operator=(const access_log&) = delete;

  /// Counted from 0 within the process.
  [[nodiscard]] access_pen& of(unsigned worker) noexcept { return pens_[worker]; }

  /// Soon: writes what there is, then opens the path anew, since somebody has moved the file. If
  /// that fails the old one goes on; stdout is nobody's to move, and goes on as well. Any thread.
  void reopen() noexcept;

  /// Lines lost in rings that were full. Any thread.
  [[nodiscard]] std::uint64_t dropped() const noexcept;

 private:
  friend class access_pen;

  static constexpr unsigned wish_reopen = 1;
  static constexpr unsigned wish_end = 2;
  static constexpr unsigned wish_write = 4;  // a ring is half full: no waiting for more lines

  void appended(line_ring::appended what) noexcept;  // a worker's
  void wish(unsigned what) noexcept;
  void ring_bell() noexcept;

  // The thread's.
  void run() noexcept;
  void sleep() noexcept;
  void wait(short file_events, std::chrono::nanoseconds limit) noexcept;
  void open_again() noexcept;
  void say_farewell() noexcept;
  void report(monotonic_time now) noexcept;

  const access_log_options options_;
  shm::worker_tally* const tally_;
  std::uint64_t told_lost_ = 0;  // to the tally; the thread's
  std::deque<line_ring> rings_;
  std::deque<access_pen> pens_;
  log_pump pump_;
  drop_report report_;
  descriptor bell_;  // an eventfd
  // Written by the thread before it sleeps and by whoever wakes it; read by workers at each line.
  std::atomic<bool> asleep_{false};
  // Wishes that the thread has not taken; any thread adds to them and then rings the bell.
  std::atomic<unsigned> wishes_{0};
  std::thread thread_;
};

}  // namespace shoal::observe
