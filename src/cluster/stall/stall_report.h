// What is said about a turn that lasts too long, or a job, once: for how long, why, in which
// handler and where in it. Called while it lasts, by a thread that watches.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/clock.h"

namespace shoal::cluster {

struct stalled_turn {
  pid_t thread = 0;  ///< of this process
  unsigned worker = 0;
  nanoseconds age{0};
  std::string route{};       ///< "GET /users/{id}"; empty: not known
  std::string request_id{};  ///< empty: not known
  bool is_job = false;       ///< no worker's turn: a job, on a thread that computes
};

struct stall_report_options {
  nanoseconds between_looks = std::chrono::milliseconds(10);
  nanoseconds patience = std::chrono::milliseconds(50);  ///< for the stack
};

/// Needs install_stack_capture() before. For whoever may wait (stall_reporter.h): takes the time
/// between two looks at the thread, and at most `patience` and some milliseconds more, whatever
/// state the thread is in. Lines without a newline after the last:
///   worker 3 is in one turn for 36 ms: handler computes: on its core for 9.9 of the last 10.0 ms;
///   route GET /report, request 0194f3; its stack:
///     0x55...  shoal::...
/// And of a job:
///   a job of GET /cpu/{n} has run for 1000 ms: handler computes: ...
[[nodiscard]] std::string describe_stall(const stalled_turn& turn,
                                         const stall_report_options& options = {});

}  // namespace shoal::cluster
