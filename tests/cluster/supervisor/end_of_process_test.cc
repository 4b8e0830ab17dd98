#include "cluster/supervisor/end_of_process.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "base/descriptor.h"

namespace shoal::cluster {
namespace {

pid_t child(void (*body)()) {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  body();
  ::_exit(0);
}

void wait_for_end(pid_t pid) {
  const descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd source{process.get(), POLLIN, 0};
  ASSERT_EQ(::poll(&source, 1, -1), 1);
}

/// What is told of an end is what waitpid says at the burial.
void expect_same_status(void (*body)()) {
  const pid_t pid = child(body);
  wait_for_end(pid);
  const auto told = status_of_ended(pid);
  EXPECT_EQ(status_of_ended(pid), told) << "as often as somebody asks";
  int status = -1;
  ASSERT_EQ(::waitpid(pid, &status, WNOHANG), pid);
  EXPECT_EQ(told, status);
}

TEST(EndOfProcess, ItIsToldAsWaitpidWould) {
  expect_same_status([] {});
  expect_same_status([] { ::_exit(3); });
  expect_same_status([] { ::kill(::getpid(), SIGKILL); });
  expect_same_status([] {  // an abort that may leave a core, where cores are left
    ::signal(SIGABRT, SIG_DFL);
    ::prctl(PR_SET_DUMPABLE, 1);
    ::kill(::getpid(), SIGABRT);
  });
}

TEST(EndOfProcess, WhoLivesHasNoStatus) {
  const pid_t pid = child([] { ::pause(); });
  EXPECT_EQ(status_of_ended(pid), std::nullopt);
  ::kill(pid, SIGKILL);
  wait_for_end(pid);
  EXPECT_NE(status_of_ended(pid), std::nullopt);
  bury(pid);
}

TEST(EndOfProcess, WhoIsBuriedIsNoChildAnyMore) {
  const pid_t pid = child([] {});
  wait_for_end(pid);
  bury(pid);
  EXPECT_EQ(status_of_ended(pid), std::nullopt);
  EXPECT_EQ(::waitpid(pid, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

}  // namespace
}  // namespace shoal::cluster
