#include "cluster/supervisor/process_slot.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace shoal::cluster {
namespace {

int status_of(void (*end)()) {
  const auto pid = ::fork();
  if (pid == 0) {
    end();
    ::_exit(0);
  }
  int status = -1;
  ::waitpid(pid, &status, 0);
  return status;
}

TEST(ProcessSlot, AnEndIsToldInWords) {
  EXPECT_EQ(show_end(status_of([] {})), "ended with code 0");
  EXPECT_EQ(show_end(status_of([] { ::_exit(3); })), "ended with code 3 (boot failed)");
  EXPECT_EQ(show_end(status_of([] { ::kill(::getpid(), SIGKILL); })),
            "was killed by SIGKILL (somebody's, or the kernel's for lack of memory)");
  EXPECT_EQ(show_end(status_of([] { ::kill(::getpid(), SIGTERM); })),
            "was killed by SIGTERM (Terminated)");
}

TEST(ProcessSlot, ElapsedTimeIsShownInMilliseconds) {
  EXPECT_EQ(show_elapsed(nanoseconds(36'360'000)), "36.4 ms");
}

}  // namespace
}  // namespace shoal::cluster
