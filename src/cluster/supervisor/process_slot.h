// One node process slot as the supervisor holds it: the machine of its life, and the words for what
// happens to it.
#pragma once

#include <sys/types.h>

#include <string>

#include "cluster/blueprint.h"
#include "cluster/supervisor/lifecycle.h"

namespace shoal::cluster {

struct process_slot {
  process_slot(unsigned process, const lifecycle_options& options) noexcept
      : number(process), life(options) {}

  unsigned number;
  slot_lifecycle life;
  unsigned forks = 0;  ///< of processes that serve, or were to
  unsigned restarts = 0;
  std::string last_failure;      ///< why its last boot failed, in its own words
  monotonic_time ready_since{};  ///< the present one
  monotonic_time lost_since{};   ///< when the process before the present one was lost

  /// Of the next process.
  [[nodiscard]] process_identity next_identity(bool succeeds) noexcept {
    return {number, forks++, restarts, succeeds};
  }
};

/// "was killed by SIGKILL", "ended with code 3 (boot failed)", ... from waitpid's status.
[[nodiscard]] std::string show_end(int status);

/// "node 0 (pid 17, workers 0-3)".
[[nodiscard]] std::string show_process(unsigned process, pid_t pid, const blueprint& plan);

/// "3.2 ms".
[[nodiscard]] std::string show_elapsed(nanoseconds time);

/// The line that says all is well: addresses, processes and workers, dispatch, driver, and what
/// decided.
[[nodiscard]] std::string show_ready(const blueprint& plan);

}  // namespace shoal::cluster
