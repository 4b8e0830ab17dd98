// The server that `shoal bench` measures: our HTTP engine on one driver and one thread, with
// nothing beside it. A process of its own for each measurement.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace shoal::bench {

struct serve_options {
  std::string driver = "uring";      ///< "uring", "epoll" or "asio"
  std::vector<std::string> without;  ///< features of the uring driver that it goes without
  int cpu = -1;                      ///< that it is pinned to; -1: none
  std::uint16_t port = 0;            ///< of 127.0.0.1; 0: one that is free
  unsigned slower_percent = 0;       ///< more CPU time than it takes: for tests of what measures it
  bool batches = false;              ///< counts turns by their outcomes: some ns for each turn
  double steps_in_a_microsecond = 0;  ///< of GET /spin/US (spin.h); 0: it measures that first
};

/// Prints {"port":N,"pid":N,"driver":"NAME"} in one line once it accepts, and serves until the
/// process is ended. Returns why it cannot.
///
///   GET /plaintext    "Hello, World!"
///   GET /bytes/N      N times an x, at most 1 MiB
///   GET /spin/US      "Hello, World!" after so many microseconds of work (spin.h)
///   GET /counters     what it has done so far, this request included: {"now_ns", "cpu_ns",
///                     "kernel_ns", "requests", "system_calls" (null: nobody counts them),
///                     "turns", "completions", "batches"} (counters.h)
[[nodiscard]] result<void> serve(const serve_options& asked);

}  // namespace shoal::bench
