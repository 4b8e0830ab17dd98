// The server that `shoal bench` measures: our HTTP engine on one driver and one thread, with
// nothing beside it. A process of its own for each measurement.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "topology/cpu_list.h"

namespace shoal::bench {

struct serve_options {
  std::string driver;                ///< "uring", "epoll" or "asio"; "": uring, of a cluster auto
  std::vector<std::string> without;  ///< features of the uring driver that it goes without
  std::vector<std::string> with;     ///< ... that it uses only where asked to
  topology::cpu_list cpus;           ///< one worker is pinned to the first; empty: none
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;       ///< 0: one that is free
  std::string dispatch;         ///< of a cluster (serve_cluster.h); "": one worker alone
  unsigned workers = 2;         ///< of a cluster
  unsigned slower_percent = 0;  ///< more CPU time than it takes: for tests of what measures it
  bool batches = false;         ///< counts turns by their outcomes: some ns for each turn
  double steps_in_a_microsecond = 0;  ///< of GET /spin/US (spin.h); 0: it measures that first
};

/// Prints {"port":N,"pid":N,"driver":"NAME"} in one line once it accepts, and serves until the
/// process is ended. Returns why it cannot.
///
/// Beside what is in measured_routes.h it answers GET /counters with what it has done so far, this
/// request included (program_output.h).
[[nodiscard]] result<void> serve(const serve_options& asked);

}  // namespace shoal::bench
