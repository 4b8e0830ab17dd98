// fork without exec, and what has to be put right in the child: descriptors, signals, and whose
// child it is. What the program's main has set up (its own descriptors too) stays.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <functional>
#include <span>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "cluster/channel.h"

namespace shoal::cluster {

struct forked_process {
  pid_t pid = -1;
  descriptor pidfd;    ///< readable once the process has ended
  descriptor channel;  ///< the supervisor's end
};

/// Signals that the supervisor handles, and that mean nothing to a node process.
inline constexpr int supervisor_signals[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGUSR1, SIGUSR2,
                                             SIGTERM, SIGTTIN, SIGTTOU, SIGWINCH};

/// Runs `body` with its end of a new channel in a child process, which ends with what it returns;
/// the caller's stack is not unwound there. In the child: only standard streams, `keep` and the
/// channel are open; TERM is blocked, the supervisor's other signals are ignored; it dies with the
/// calling thread (PR_SET_PDEATHSIG is the promise of a thread, so call this from the one that
/// lives longest). Threads: the process must have no other.
[[nodiscard]] result<forked_process> fork_process(std::span<const int> keep,
                                                  const std::function<int(int channel)>& body);

/// It dies with that process, its parent. Again after a change of user, which makes the kernel
/// forget it; if the parent is gone already, it ends at once.
void die_with(pid_t parent) noexcept;

/// fork() with all signals blocked, in the child as well: a handler of the parent's would write
/// into a pipe that both have. `before` is the mask to go back to. What is buffered is written
/// first, or the child would write it again.
[[nodiscard]] pid_t fork_with_signals_blocked(sigset_t& before) noexcept;

/// What is open now, ascending.
[[nodiscard]] result<std::vector<int>> open_descriptors();

/// Closes all but these and the standard streams. One system call for each gap.
void close_all_but(std::vector<int> keep) noexcept;

/// Threads of this process; 0 if /proc does not say.
[[nodiscard]] unsigned count_threads() noexcept;

}  // namespace shoal::cluster
