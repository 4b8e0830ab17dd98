// One node process slot as the supervisor holds it: the machine of its life, the process that lives
// it now, and the words for what happens to it.
#pragma once

#include <sys/types.h>

#include <string>

#include "cluster/blueprint.h"
#include "cluster/lifecycle.h"

namespace shoal::cluster {

struct process_slot {
  process_slot(unsigned process, const lifecycle_options& options) noexcept
      : number(process), life(options) {}

  unsigned number;
  slot_lifecycle life;
  pid_t pid = -1;  ///< -1: no process
  unsigned restarts = 0;
  bool leaving = false;         ///< it said that it goes because somebody told it to
  bool killed = false;          ///< by us, and the log says why
  std::string last_failure;     ///< why its last boot failed, in its own words
  monotonic_time lost_since{};  ///< when the process before the present one was lost

  [[nodiscard]] process_identity identity() const noexcept {
    return {number, life.forks() - 1, restarts};
  }
};

/// "was killed by SIGKILL", "ended with code 3 (boot failed)", ... from waitpid's status.
[[nodiscard]] std::string show_end(int status);

/// "node 0 (pid 17, workers 0-3)".
[[nodiscard]] std::string show_process(const process_slot& slot, const blueprint& plan);

/// "3.2 ms".
[[nodiscard]] std::string show_elapsed(nanoseconds time);

/// The line that says all is well: addresses, processes and workers, dispatch, driver, and what
/// decided.
[[nodiscard]] std::string show_ready(const blueprint& plan);

}  // namespace shoal::cluster
