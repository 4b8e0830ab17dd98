// A whole cluster as the first process of a PID namespace, as in a container without an init.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "cluster/exit_code.h"
#include "cluster/running_app.h"

namespace shoal::cluster {
namespace {

using testing::HasSubstr;

/// The child goes on as the first one of a new namespace; this process ends as it does.
void be_first() {
  if (::unshare(CLONE_NEWPID) != 0) ::_exit(90);
  const pid_t first = ::fork();
  if (first == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    return;
  }
  int status = 0;
  ::waitpid(first, &status, 0);
  ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

bool may_have_a_namespace() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(::unshare(CLONE_NEWPID) == 0 ? 0 : 1);
  int status = 1;
  ::waitpid(child, &status, 0);
  return status == 0;
}

class FirstProcess : public testing::Test {
 protected:
  void SetUp() override {
    if (!may_have_a_namespace()) GTEST_SKIP() << "a PID namespace is not permitted here";
  }

  static app_settings settings(std::vector<std::string> more = {}) {
    std::vector<std::string> flags = {"--workers", "1", "--control", "none"};
    flags.insert(flags.end(), more.begin(), more.end());
    return {.flags = flags, .before_exec = be_first};
  }
};

/// As it is called in its own namespace.
std::string inner_pid(const std::string& pid) {
  std::ifstream status("/proc/" + pid + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("NSpid:")) return line.substr(line.find_last_of(" \t") + 1);
  }
  return {};
}

/// Dead ones that nobody has buried, too.
bool has_child(pid_t parent, const std::string& inner) {
  const auto id = std::to_string(parent);
  std::ifstream file("/proc/" + id + "/task/" + id + "/children");
  for (std::string child; file >> child;) {
    if (inner_pid(child) == inner) return true;
  }
  return false;
}

TEST_F(FirstProcess, BuriesWhatHasLostItsParent) {
  auto app = run_app(settings());
  ASSERT_TRUE(app.ready()) << app.log();
  const pid_t first = app.children().at(0);
  const auto orphan = fetch(app.port(), "/orphan");  // whose parent is 1 by now, and which ends
  ASSERT_NE(orphan, "");
  const auto until = std::chrono::steady_clock::now() + patience;
  bool left = true;
  while ((left = has_child(first, orphan)) && std::chrono::steady_clock::now() < until) {
    std::this_thread::yield();
  }
  EXPECT_FALSE(left);
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
}

TEST_F(FirstProcess, HonoursATermAndEndsWithTheClustersCode) {
  auto app = run_app(settings());
  ASSERT_TRUE(app.ready()) << app.log();
  ::kill(app.children().at(0), SIGTERM);
  EXPECT_EQ(app.ended(), exit_stopped);
  EXPECT_THAT(app.log(), HasSubstr("SIGTERM: draining"));
  auto wrong = run_app(settings({"--listen", "192.0.2.1:8080"}));
  EXPECT_EQ(wrong.ended(), exit_address);
}

TEST_F(FirstProcess, RefusesAnUpgradeAndPassesAReloadOn) {
  auto app = run_app(settings());
  ASSERT_TRUE(app.ready()) << app.log();
  const pid_t first = app.children().at(0);
  ::kill(first, SIGUSR2);
  EXPECT_NE(app.wait_for("process 1 cannot be replaced"), "") << app.log();
  ::kill(first, SIGHUP);
  EXPECT_NE(app.wait_for("reload"), "") << app.log();
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
}

TEST_F(FirstProcess, EndsWithASupervisorThatIsKilled) {
  auto app = run_app(settings());
  ASSERT_TRUE(app.ready()) << app.log();
  const auto id = std::to_string(app.children().at(0));
  std::ifstream file("/proc/" + id + "/task/" + id + "/children");
  pid_t supervisor = 0;
  ASSERT_TRUE(file >> supervisor);
  ::kill(supervisor, SIGKILL);
  EXPECT_EQ(app.ended(), 128 + SIGKILL);
}

}  // namespace
}  // namespace shoal::cluster
