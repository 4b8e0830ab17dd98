#include "cluster/supervisor/process_slot.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include <cstdio>

#include "cluster/exit_code.h"

namespace shoal::cluster {
namespace {

std::string counted(std::size_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

// "2 processes x 4 workers" where all have as many, else the sum.
std::string show_size(const blueprint& plan) {
  const auto processes = counted(plan.processes(), "process", "processes");
  const auto first = plan.workers_of(0);
  for (unsigned p = 1; p < plan.processes(); ++p) {
    if (plan.workers_of(p) != first) {
      return processes + ", " + counted(plan.placement.worker_count(), "worker", "workers");
    }
  }
  return processes + " x " + counted(first, "worker", "workers");
}

}  // namespace

std::string show_end(int status) {
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    const char* const name = ::sigabbrev_np(signal);
    const char* const meaning = ::sigdescr_np(signal);
    std::string text = "was killed by SIG";
    text.append(name != nullptr ? name : std::to_string(signal));
    if (signal == SIGKILL) return text + " (somebody's, or the kernel's for lack of memory)";
    if (signal == SIGSYS) {
      return text +
             " (a system call that --seccomp does not allow; if no report above names it, signals "
             "were blocked, as in popen and system: --seccomp log names all)";
    }
    return meaning != nullptr ? text + " (" + meaning + ")" : text;
  }
  const int code = WEXITSTATUS(status);
  return "ended with code " + std::to_string(code) +
         (code == exit_boot_failed ? " (boot failed)" : "");
}

std::string show_process(unsigned process, pid_t pid, const blueprint& plan) {
  const auto first = plan.first_worker_of(process);
  const auto last = first + plan.workers_of(process) - 1;
  auto workers = first == last ? "worker " + std::to_string(first)
                               : "workers " + std::to_string(first) + "-" + std::to_string(last);
  return "node " + std::to_string(process) + " (pid " + std::to_string(pid) + ", " + workers + ")";
}

std::string show_elapsed(nanoseconds time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f ms", static_cast<double>(time.count()) / 1e6);
  return text;
}

std::string show_ready(const blueprint& plan) {
  std::string text = "ready: listening on";
  for (const auto& a : plan.sockets.addresses()) text.append(" ").append(show(a));
  text.append("; ").append(show_size(plan));
  text.append("; driver ").append(plan.driver == io::driver_kind::uring ? "uring" : "epoll");
  text.append(" (").append(plan.driver_reason).append("); dispatch ");
  text.append(plan.steering->show()).append("; ").append(plan.placement.reason);
  return text;
}

}  // namespace shoal::cluster
