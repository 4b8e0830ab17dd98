// What a program can set: here in code, in the environment (SHOAL_MAX_BODY) and as a flag
// (--max-body). One name for each; a flag wins over the environment, the environment over code.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace shoal {

/// Plain values; nothing here is looked at before app::run(), which checks all of them.
struct options {
  /// "ADDR:PORT" or "[IPV6]:PORT", numeric. Port 0: the kernel chooses one, for all workers alike.
  std::vector<std::string> listen{"127.0.0.1:8080"};

  unsigned nodes = 0;    ///< node processes; 0: one for each NUMA node
  unsigned workers = 0;  ///< worker threads of each node process; 0: one for each core it may use

  std::string driver = "auto";         ///< auto, uring or epoll
  std::string dispatch = "reuseport";  ///< how a connection finds its worker
  std::string policy = "kernel";       ///< who chooses that worker
  std::string log_level = "info";      ///< debug, info, warning, error or off

  unsigned max_connections = 0;          ///< of each worker; 0: what the descriptor limit allows
  unsigned backlog = 4096;               ///< connections that may wait in each accept queue
  std::uint64_t max_body = 1024 * 1024;  ///< bytes; a larger request body is answered with 413

  std::chrono::milliseconds header_timeout{10'000};      ///< for a whole request head
  std::chrono::milliseconds body_timeout{10'000};        ///< between two reads of a body
  std::chrono::milliseconds keep_alive_timeout{65'000};  ///< between two requests
  std::chrono::milliseconds send_timeout{30'000};        ///< for an answer that nobody takes

  std::chrono::milliseconds boot_timeout{30'000};   ///< from fork to ready; then killed
  std::chrono::milliseconds drain_timeout{30'000};  ///< from the stop signal to the last answer

  /// A node process that dies is replaced at once if it had been ready for `healthy_after`, if it
  /// was killed with SIGKILL, or if somebody told it to go. Else the next one waits restart_delay,
  /// doubled with each failure in a row up to restart_delay_limit. More than restart_limit boots
  /// that fail within restart_period end the cluster.
  std::chrono::milliseconds healthy_after{1'000};
  std::chrono::milliseconds restart_delay{100};
  std::chrono::milliseconds restart_delay_limit{15'000};
  unsigned restart_limit = 5;
  std::chrono::milliseconds restart_period{30'000};
};

}  // namespace shoal
