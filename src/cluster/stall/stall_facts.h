// What the kernel says about a thread of this process at one moment, from /proc/self/task.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"

namespace shoal::cluster {

struct thread_facts {
  monotonic_time at;   ///< when it was looked at
  char state = '?';    ///< R, S, D, T, ... as in proc(5)
  nanoseconds cpu{0};  ///< that it has run since it began
  nanoseconds run_delay{
      0};          ///< that it was ready and waited for a core; the present wait is not in it
  long call = -1;  ///< the system call that it sleeps in; -1: none, or not known
  std::uint64_t arguments[4] = {};  ///< the call's first ones
  std::uint64_t stack_pointer = 0;  ///< while it sleeps; 0: not known
  std::string waits_in;             ///< the kernel's function (wchan), where we may see it
};

/// Nothing if there is no such thread. What /proc does not tell (a sandbox) stays at its default.
/// Cost: some tens of microseconds, no wait.
[[nodiscard]] std::optional<thread_facts> look_at_thread(pid_t thread);

}  // namespace shoal::cluster
