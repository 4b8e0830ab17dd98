// Whole clusters: what happens when a part of one dies, hangs or is stopped.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "cluster/exit_code.h"
#include "running_app.h"

namespace shoal::cluster {
namespace {

using testing::HasSubstr;

TEST(Crash, AKilledNodeProcessIsReplacedAndTheLogNamesIt) {
  auto app = run_app({.flags = {"--workers", "2"}});
  ASSERT_TRUE(app.ready()) << app.log();
  const auto first = app.children().front();
  ::kill(first, SIGKILL);
  EXPECT_THAT(app.wait_for("was killed"), HasSubstr("node 0 (pid " + std::to_string(first) +
                                                    ", workers 0-1) was killed by "
                                                    "SIGKILL"));
  ASSERT_NE(app.wait_for("is ready"), "");
  EXPECT_THAT(fetch(app.port(), "/whoami"), testing::ContainsRegex("^[0-9]+ 0 [01] 1 "));
}

TEST(Crash, AWorkerThatAbortsTakesItsProcessAndIsReplaced) {
  auto app = run_app({.flags = {"--workers", "1"}});
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_EQ(fetch(app.port(), "/abort"), "");
  EXPECT_THAT(app.wait_for("was killed"), HasSubstr("SIGABRT"));
  ASSERT_NE(app.wait_for("is ready"), "");
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
}

TEST(Crash, AProcessThatIsToldToLeaveDrainsAndIsReplaced) {
  auto app = run_app({.flags = {"--workers", "1"}});
  ASSERT_TRUE(app.ready()) << app.log();
  const auto first = app.children().front();
  EXPECT_EQ(fetch(app.port(), "/leave"), "leaving");
  EXPECT_NE(app.wait_for("has drained and left"), "");
  ASSERT_NE(app.wait_for("is ready"), "");
  EXPECT_NE(app.children().front(), first);
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
}

TEST(Crash, ATerminalsInterruptDoesNotReachNodeProcesses) {
  auto app = run_app({.flags = {"--workers", "1"}});
  ASSERT_TRUE(app.ready()) << app.log();
  const auto child = app.children().front();
  for (const int signal : {SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2}) ::kill(child, signal);
  EXPECT_EQ(fetch(app.port(), "/pid"), std::to_string(child));
}

TEST(Crash, AConnectionThatWaitsIsAnsweredByTheNextProcess) {
  for (const auto* driver : {"uring", "epoll"}) {
    auto app = run_app({.flags = {"--workers", "1", "--driver", driver}});
    ASSERT_TRUE(app.ready()) << app.log();
    const auto first = app.children().front();
    // A thread that is woken while the stop is on its way still accepts.
    ASSERT_TRUE(stop_all_threads(first));
    std::vector<test_client> waiting;
    for (int i = 0; i < 10; ++i) {
      waiting.emplace_back(app.port());
      ASSERT_TRUE(waiting.back().ask("/whoami"));
    }
    ::kill(first, SIGKILL);
    for (auto& client : waiting) {
      EXPECT_THAT(client.answer(), testing::ContainsRegex("\n[0-9]+ 0 0 1 ")) << driver;
    }
  }
}

TEST(Crash, WithoutItsSupervisorNoNodeProcessLives) {
  adopt_orphans();
  auto app = run_app({.flags = {"--nodes", "2", "--workers", "1"}});
  ASSERT_TRUE(app.ready()) << app.log();
  const auto children = app.children();
  ASSERT_EQ(children.size(), 2U);
  app.signal(SIGKILL);
  for (const auto child : children) {
    EXPECT_TRUE(has_ended(child));
    ::waitpid(child, nullptr, 0);
  }
  EXPECT_EQ(app.ended(), 128 + SIGKILL);
}

TEST(Crash, WithItsSupervisorStoppedANodeProcessServesOn) {
  auto app = run_app({.flags = {"--workers", "1"}});
  ASSERT_TRUE(app.ready()) << app.log();
  app.signal(SIGSTOP);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(fetch(app.port(), "/"), "hello");
  app.signal(SIGCONT);
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), exit_stopped);
}

TEST(Crash, NothingIsLeftBehind) {
  adopt_orphans();
  while (::waitpid(-1, nullptr, 0) > 0) {
  }  // what earlier tests have adopted and killed
  {
    auto app = run_app({.flags = {"--nodes", "3", "--workers", "1"}});
    ASSERT_TRUE(app.ready()) << app.log();
    ::kill(app.children().front(), SIGKILL);
    ASSERT_NE(app.wait_for("is ready"), "");
    app.signal(SIGTERM);
    EXPECT_EQ(app.ended(), exit_stopped);
  }
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD) << "a child was left, alive or as a zombie";
}

// What a client sees while the process it talks to is killed again and again.
struct tally {
  std::atomic<int> answered{0};
  std::atomic<int> refused{0};
  std::atomic<int> broken{0};
};

void load(std::uint16_t port, const std::atomic<bool>& stop, tally& seen) {
  while (!stop) {
    test_client client(port);
    if (!client.connected()) {
      ++seen.refused;
    } else if (client.ask("/") && client.answer().find("hello") != std::string::npos) {
      ++seen.answered;
    } else {
      ++seen.broken;
    }
  }
}

TEST(Crash, AJobThatAbortsUnderLoadRefusesNobody) {
  constexpr int clients = 4;
  auto app = run_app({.flags = {"--workers", "1"}});
  ASSERT_TRUE(app.ready()) << app.log();
  std::atomic<bool> stop{false};
  tally seen;
  std::vector<std::thread> threads;
  for (int i = 0; i < clients; ++i) threads.emplace_back([&] { load(app.port(), stop, seen); });
  const auto answers_more = [&] {
    const auto until = std::chrono::steady_clock::now() + patience;
    const int wanted = seen.answered + 20;
    while (seen.answered < wanted && std::chrono::steady_clock::now() < until) {
      std::this_thread::yield();
    }
    return seen.answered >= wanted;
  };
  EXPECT_TRUE(answers_more());
  EXPECT_EQ(fetch(app.port(), "/job/abort"), "");
  EXPECT_THAT(app.wait_for("was killed"), HasSubstr("SIGABRT"));
  EXPECT_NE(app.wait_for("after the loss"), "");
  EXPECT_TRUE(answers_more());
  stop = true;
  for (auto& t : threads) t.join();
  EXPECT_EQ(seen.refused, 0);
  EXPECT_LE(seen.broken, clients) << "only what was inside a dying process may be lost";
}

TEST(Crash, TwentyKillsUnderLoadRefuseNobody) {
  constexpr int kills = 20;
  constexpr int clients = 4;
  auto app = run_app({.flags = {"--workers", "1"}});
  ASSERT_TRUE(app.ready()) << app.log();
  std::atomic<bool> stop{false};
  tally seen;
  std::vector<std::thread> threads;
  for (int i = 0; i < clients; ++i) threads.emplace_back([&] { load(app.port(), stop, seen); });
  std::vector<double> recovery_ms;
  for (int i = 0; i < kills; ++i) {
    const auto before = seen.answered.load();
    while (seen.answered < before + 20) std::this_thread::yield();
    ::kill(app.children().front(), SIGKILL);
    const auto line = app.wait_for("after the loss");
    EXPECT_NE(line, "") << app.log();
    const auto comma = line.rfind("ready, ");
    if (comma != std::string::npos) recovery_ms.push_back(std::stod(line.substr(comma + 7)));
  }
  stop = true;
  for (auto& t : threads) t.join();
  EXPECT_EQ(seen.refused, 0);
  EXPECT_LE(seen.broken, kills * clients) << "only what was inside a dying process may be lost";
  std::sort(recovery_ms.begin(), recovery_ms.end());
  const auto median = recovery_ms.empty() ? -1.0 : recovery_ms[recovery_ms.size() / 2];
  std::printf("answered %d, refused %d, broken %d, ready again after %.1f ms (median)\n",
              seen.answered.load(), seen.refused.load(), seen.broken.load(), median);
}

/// By the usual policy whoever has served is started again at once.
class ExitPolicy : public testing::Test {
 protected:
  static app_settings says(const std::string& policy) {
    return {.flags = {"--workers", "1", "--restart-delay", "50ms", "--healthy-after", "0"},
            .trouble = "policy:" + policy};
  }
};

TEST_F(ExitPolicy, RestartsAtOnceWhoHasCrashed) {
  auto app = run_app(says("restart"));
  ASSERT_TRUE(app.ready()) << app.log();
  test_client(app.port()).ask("/abort");
  EXPECT_NE(app.wait_for("asked about was killed by SIGABRT"), "") << app.log();
  EXPECT_NE(app.wait_for("after the loss of the one before"), "");
  EXPECT_EQ(app.log().find("is started again in"), std::string::npos);
  EXPECT_NE(app.log().find("on_event has failed: deaf"), std::string::npos) << "and nobody minds";
}

TEST_F(ExitPolicy, BacksOffAfterAKill) {
  auto app = run_app(says("back_off"));
  ASSERT_TRUE(app.ready()) << app.log();
  ::kill(app.children().front(), SIGKILL);
  EXPECT_NE(app.wait_for("node 0 is started again in"), "") << app.log();
  EXPECT_NE(app.wait_for("after the loss of the one before"), "");
}

TEST_F(ExitPolicy, GivesUp) {
  auto app = run_app(says("give_up"));
  ASSERT_TRUE(app.ready()) << app.log();
  ::kill(app.children().front(), SIGKILL);
  EXPECT_EQ(app.ended(), exit_restart_exceeded) << app.log();
  EXPECT_NE(app.log().find("is not started again, says the app"), std::string::npos);
  EXPECT_EQ(app.log().find("heard 0 of"), app.log().rfind("heard 0 of")) << "one fork, the first";
}

TEST_F(ExitPolicy, ThatFailsIsTheUsualOne) {
  auto app = run_app(says("throw"));
  ASSERT_TRUE(app.ready()) << app.log();
  ::kill(app.children().front(), SIGKILL);
  EXPECT_NE(app.wait_for("on_exit has failed: undecided"), "") << app.log();
  EXPECT_NE(app.wait_for("after the loss of the one before"), "");
}

TEST_F(ExitPolicy, IsNotAskedAboutWhoWasToldToGo) {
  auto app = run_app(says("give_up"));
  ASSERT_TRUE(app.ready()) << app.log();
  app.signal(SIGHUP);
  ASSERT_NE(app.wait_for(" has left"), "") << app.log();
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), 0);
  EXPECT_EQ(app.log().find("asked about"), std::string::npos);
}

}  // namespace
}  // namespace shoal::cluster
