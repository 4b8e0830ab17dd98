// Whole clusters under the filter of system calls.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "cluster/exit_code.h"
#include "cluster/rights/call_filter.h"
#include "running_app.h"

namespace shoal::cluster {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Seccomp : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto can = can_filter({.mode = filter_mode::kill}); !can) {
      GTEST_SKIP() << can.error().message;
    }
  }

  static app_settings settings(std::vector<std::string> more) {
    std::vector<std::string> flags = {"--workers", "2", "--seccomp", "kill"};
    flags.insert(flags.end(), more.begin(), more.end());
    return {.flags = flags};
  }
};

/// With all rights given up as well, where the test may.
TEST_F(Seccomp, ServersServeUnderItOnBothDrivers) {
  for (const std::string driver : {"auto", "epoll"}) {
    std::vector<std::string> flags = {"--driver", driver, "--access-log", "-"};
    if (::geteuid() == 0) flags.insert(flags.end(), {"--user", "54321", "--group", "54321"});
    auto app = run_app(settings(flags));
    ASSERT_TRUE(app.ready()) << app.log();
    EXPECT_EQ(fetch(app.port(), "/"), "hello");
    EXPECT_EQ(fetch(app.port(), "/sleep/1"), "slept");
    EXPECT_EQ(fetch(app.port(), "/job/done"), "done");
    EXPECT_EQ(fetch(app.port(), "/block/30"), "blocked");
    EXPECT_NE(fetch(app.port(), "/metrics"), "");
    app.signal(SIGTERM);
    EXPECT_EQ(app.ended(), 0);
    EXPECT_THAT(app.log(), Not(HasSubstr("was killed"))) << app.log();
  }
}

TEST_F(Seccomp, ACallThatIsNotAllowedIsNamedAndTheNextProcessServes) {
  auto app = run_app(settings({}));
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_EQ(fetch(app.port(), "/ptrace"), "");
  EXPECT_THAT(app.wait_for("*** system call"), HasSubstr("(ptrace) is not allowed"));
  EXPECT_NE(app.wait_for("*** SIGSYS in process"), "") << app.log();
  EXPECT_NE(app.wait_for("was killed by SIGSYS (a system call that --seccomp"), "") << app.log();
  ASSERT_NE(app.wait_for("is ready"), "");
  EXPECT_EQ(fetch(app.port(), "/orphan"), "") << "a process";
  EXPECT_NE(app.wait_for("was killed by SIGSYS (a system call that --seccomp"), "") << app.log();
  ASSERT_NE(app.wait_for("is ready"), "");
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
}

TEST_F(Seccomp, WhatIsAddedToTheListIsAllowed) {
  auto app = run_app(settings({"--seccomp-allow", "ptrace", "--seccomp-allow", "bpf,keyctl"}));
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_NE(fetch(app.port(), "/ptrace"), "");
}

TEST_F(Seccomp, ANameThatNoKernelKnowsIsRefused) {
  auto app = run_app({.flags = {"--check", "--seccomp-allow", "read,exec"}});
  EXPECT_EQ(app.ended(), exit_usage);
  EXPECT_THAT(app.log(), HasSubstr("\"exec\" is no system call"));
}

}  // namespace
}  // namespace shoal::cluster
