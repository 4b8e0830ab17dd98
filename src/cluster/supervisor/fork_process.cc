#include "cluster/supervisor/fork_process.h"

#include <dirent.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace shoal::cluster {
namespace {

// As a terminal sends INT, QUIT and HUP to the whole foreground group, a node process ignores them:
// the supervisor hears them too and says what to do.
void take_signals_over(const sigset_t& mask_of_parent) noexcept {
  for (const int signal : supervisor_signals) ::signal(signal, SIG_IGN);
  ::signal(SIGTERM, SIG_DFL);
  sigset_t mask = mask_of_parent;
  for (const int signal : supervisor_signals) ::sigdelset(&mask, signal);
  ::sigaddset(&mask, SIGTERM);  // whoever runs the process reads it from a signalfd
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
}

[[noreturn]] void be_child(pid_t parent, const sigset_t& mask, std::span<const int> keep,
                           int channel, const std::function<int(int)>& body) {
  die_with(parent);
  // Until here all signals are blocked: a handler of the supervisor's would have written into a
  // pipe that it shares with us.
  take_signals_over(mask);
  std::vector<int> mine(keep.begin(), keep.end());
  mine.push_back(channel);
  close_all_but(std::move(mine));
  const int code = body(channel);
  std::_Exit(code);
}

}  // namespace

void die_with(pid_t parent) noexcept {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Set too late, it never fires: the parent may be gone already.
  if (::getppid() != parent) std::_Exit(1);
}

result<forked_process> fork_process(std::span<const int> keep,
                                    const std::function<int(int channel)>& body) {
  auto opened = open_channel();
  if (!opened) return opened.error();
  channel ends = std::move(opened).value();

  sigset_t before;
  const pid_t parent = ::getpid();
  const pid_t pid = fork_with_signals_blocked(before);
  const int failure = errno;
  if (pid == 0) be_child(parent, before, keep, ends.process.get(), body);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return system_error(failure, "cannot fork a node process");

  forked_process child;
  child.pid = pid;
  child.channel = std::move(ends.supervisor);
  child.pidfd.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!child.pidfd) {
    const auto problem = system_error(errno, "cannot watch a node process (pidfd_open)");
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return problem;
  }
  return child;
}

pid_t fork_with_signals_blocked(sigset_t& before) noexcept {
  std::fflush(nullptr);
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, &before);
  return ::fork();
}

result<std::vector<int>> open_descriptors() {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir("/proc/self/fd"), ::closedir);
  if (!directory) return system_error(errno, "cannot read /proc/self/fd; is /proc mounted?");
  std::vector<int> open;
  while (const dirent* entry = ::readdir(directory.get())) {
    const int fd = std::atoi(entry->d_name);
    if (entry->d_name[0] != '.' && fd != ::dirfd(directory.get())) open.push_back(fd);
  }
  std::sort(open.begin(), open.end());
  return open;
}

void close_all_but(std::vector<int> keep) noexcept {
  std::sort(keep.begin(), keep.end());
  unsigned next = 3;
  for (const int fd : keep) {
    const auto kept = static_cast<unsigned>(fd);
    if (kept > next) ::syscall(SYS_close_range, next, kept - 1, 0);
    if (kept >= next) next = kept + 1;
  }
  ::syscall(SYS_close_range, next, ~0U, 0);
}

unsigned count_threads() noexcept {
  struct stat tasks{};
  // Each thread is a directory below it.
  if (::stat("/proc/self/task", &tasks) != 0 || tasks.st_nlink < 2) return 0;
  return static_cast<unsigned>(tasks.st_nlink - 2);
}

}  // namespace shoal::cluster
