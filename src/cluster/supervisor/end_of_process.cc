#include "cluster/supervisor/end_of_process.h"

#include <sys/wait.h>

#include <csignal>

namespace shoal::cluster {
namespace {

constexpr int core_dumped = 0x80;

}  // namespace

std::optional<int> status_of_ended(pid_t child) noexcept {
  siginfo_t told{};
  if (::waitid(P_PID, static_cast<id_t>(child), &told, WEXITED | WNOHANG | WNOWAIT) != 0 ||
      told.si_pid != child) {
    return std::nullopt;
  }
  if (told.si_code == CLD_EXITED) return told.si_status << 8;
  return told.si_status | (told.si_code == CLD_DUMPED ? core_dumped : 0);
}

void bury(pid_t child) noexcept { ::waitpid(child, nullptr, WNOHANG); }

}  // namespace shoal::cluster
