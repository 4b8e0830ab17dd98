// Describes stalled turns on a thread of its own: whoever watches workers every millisecond must
// not wait for the tens of milliseconds that a description takes.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/clock.h"
#include "cluster/stall/stall_report.h"

namespace shoal::cluster {

/// Threads: any may report. Needs install_stack_capture() before.
class stall_reporter final {
 public:
  using sink = std::function<void(const std::string&)>;

  /// `tell` gets the text, on the reporter's thread: the log's warning. At most one is told in
  /// `interval`: where every request stalls, a stack for each would bury the log. Throws
  /// std::system_error where the system allows no thread more.
  explicit stall_reporter(sink tell, nanoseconds interval = std::chrono::seconds(1),
                          const stall_report_options& options = {});
  ~stall_reporter();  ///< waits for a description that is under way
  stall_reporter(const stall_reporter&) = delete;
  stall_reporter& operator=(const stall_reporter&) = delete;

  /// Once for each turn. Returns at once; a turn that cannot be described now is counted, and the
  /// next text says how many there were.
  void report(stalled_turn turn);

 private:
  void run();
  [[nodiscard]] std::string describe(const stalled_turn& turn, std::uint64_t skipped) const;

  const sink tell_;
  const nanoseconds interval_;
  const stall_report_options options_;
  std::mutex lock_;  // of what follows
  std::condition_variable woken_;
  std::optional<stalled_turn> next_;
  bool describing_ = false;
  bool ending_ = false;
  std::uint64_t skipped_ = 0;
  monotonic_time not_before_{};
  std::thread thread_;
};

}  // namespace shoal::cluster
