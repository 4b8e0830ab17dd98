#include "cluster/supervisor/first_process.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>

#include "base/log.h"
#include "cluster/supervisor/fork_process.h"

namespace shoal::cluster {
namespace {

bool below = false;

int code_of(int status) noexcept {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// All that have ended; the code of `child` if it is one of them.
std::optional<int> bury_the_dead(pid_t child) noexcept {
  std::optional<int> code;
  int status = 0;
  for (pid_t gone = 0; (gone = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    if (gone == child) code = code_of(status);
  }
  return code;
}

/// A terminal has sent it to the child as well.
bool is_for_the_group(const siginfo_t& signal) noexcept { return signal.si_code == SI_KERNEL; }

[[noreturn]] void stand_above(pid_t child) noexcept {
  sigset_t all;
  ::sigfillset(&all);
  for (;;) {
    siginfo_t signal{};
    if (::sigwaitinfo(&all, &signal) < 0) continue;  // EINTR: it was stopped and goes on
    if (signal.si_signo == SIGCHLD) {
      if (const auto code = bury_the_dead(child)) std::_Exit(*code);
    } else if (!is_for_the_group(signal)) {
      ::kill(child, signal.si_signo);
    }
  }
}

}  // namespace

void leave_first_process() {
  if (::getpid() != 1) return;
  if (count_threads() > 1) {
    log_warning("as process 1 with threads of its own, this program buries no orphans");
    return;
  }
  sigset_t before;
  const pid_t child = fork_with_signals_blocked(before);
  if (child < 0) log_warning("process 1 cannot fork; it buries no orphans");
  if (child > 0) stand_above(child);
  below = child == 0;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
}

bool is_below_first_process() noexcept { return below; }

}  // namespace shoal::cluster
