// Whole clusters: which worker gets a connection, and what the log says about that.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "running_app.h"

namespace shoal::cluster {
namespace {

using testing::HasSubstr;

std::string ready_line(const test::served_process& app) {
  const auto at = app.log().find("ready: ");
  return app.log().substr(at, app.log().find('\n', at) - at);
}

bool permits_ebpf() {
  auto app = run_app({.flags = {"--workers", "2"}});
  return app.ready() && ready_line(app).find("dispatch ebpf") != std::string::npos;
}

class Dispatch : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(All, Dispatch,
                         testing::Values("ebpf", "cbpf", "handoff", "reuseport", "shared"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(Dispatch, EveryConnectionIsServedAndByMoreThanOneProcess) {
  const std::string kind = GetParam();
  if (kind == "ebpf" && !permits_ebpf()) GTEST_SKIP() << "eBPF is not permitted";
  auto app = run_app({.flags = {"--nodes", "2", "--workers", "2", "--dispatch", kind}});
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_THAT(ready_line(app), HasSubstr("dispatch " + kind + ", "));
  std::vector<test_client> clients;
  for (int i = 0; i < 100; ++i) {
    clients.emplace_back(app.port());
    ASSERT_TRUE(clients.back().ask("/pid"));
  }
  std::set<std::string> processes;
  for (auto& client : clients) processes.insert(body_of(client.answer()));
  EXPECT_EQ(processes.count(""), 0U);
  // The kernel may wake one process alone where all accept from one socket.
  if (kind != "shared") EXPECT_EQ(processes.size(), 2U);
}

TEST_P(Dispatch, AConnectionOutlivesTheProcessThatWasToTakeIt) {
  const std::string kind = GetParam();
  if (kind == "ebpf" && !permits_ebpf()) GTEST_SKIP() << "eBPF is not permitted";
  auto app = run_app({.flags = {"--workers", "2", "--dispatch", kind}});
  ASSERT_TRUE(app.ready()) << app.log();
  const auto first = app.children().front();
  ASSERT_TRUE(stop_all_threads(first));
  std::vector<test_client> waiting;
  for (int i = 0; i < 50; ++i) {
    waiting.emplace_back(app.port());
    ASSERT_TRUE(waiting.back().ask("/whoami"));
  }
  ::kill(first, SIGKILL);
  for (auto& client : waiting) {
    EXPECT_THAT(body_of(client.answer()), testing::ContainsRegex("^[0-9]+ 0 [01] 1 "));
  }
}

/// Mechanisms that look at load at each connection.
class Steered : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(All, Steered, testing::Values("ebpf", "handoff"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(Steered, AWorkerThatIsStuckGetsNothing) {
  const std::string kind = GetParam();
  if (kind == "ebpf" && !permits_ebpf()) GTEST_SKIP() << "eBPF is not permitted";
  auto app = run_app({.flags = {"--workers", "4", "--dispatch", kind}});
  ASSERT_TRUE(app.ready()) << app.log();
  test_client stuck(app.port());
  ASSERT_TRUE(stuck.ask("/block/60000"));  // ended with the cluster
  std::set<std::string> workers;
  for (int i = 0; i < 100; ++i) {
    const auto who = fetch(app.port(), "/whoami");
    ASSERT_NE(who, "");
    workers.insert(who);
  }
  EXPECT_FALSE(stuck.heard());
  EXPECT_EQ(workers.size(), 3U);
}

TEST(Dispatch, WithoutPrivilegeTheLogSaysWhatWouldPermitMore) {
  if (::geteuid() != 0) GTEST_SKIP() << "not root: cannot become somebody else";
  auto app = run_app({.flags = {"--workers", "2"}, .before_exec = [] {
                        if (::setresgid(65534, 65534, 65534) != 0) ::_exit(98);
                        if (::setresuid(65534, 65534, 65534) != 0) ::_exit(98);
                      }});
  if (!app.ready()) GTEST_SKIP() << "nobody may not run the test's program: " << app.log();
  const auto line = ready_line(app);
  if (line.find("dispatch ebpf") != std::string::npos) GTEST_SKIP() << "nobody may use eBPF";
  EXPECT_THAT(line, HasSubstr("dispatch cbpf, least-loaded (not ebpf: "));
  EXPECT_THAT(line, HasSubstr("CAP_BPF"));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(fetch(app.port(), "/"), "hello");
}

TEST(Dispatch, StickyKeepsAClientWithItsWorker) {
  for (const std::string kind : {"auto", "handoff"}) {
    auto app = run_app({.flags = {"--workers", "4", "--policy", "sticky", "--dispatch", kind}});
    ASSERT_TRUE(app.ready()) << app.log();
    const auto home = fetch(app.port(), "/whoami");
    ASSERT_NE(home, "");
    for (int i = 0; i < 20; ++i) EXPECT_EQ(fetch(app.port(), "/whoami"), home);
  }
}

TEST(Dispatch, RoundRobinTakesTurns) {
  auto app = run_app({.flags = {"--workers", "3", "--policy", "round-robin"}});
  ASSERT_TRUE(app.ready()) << app.log();
  std::vector<std::string> order;
  for (int i = 0; i < 9; ++i) order.push_back(fetch(app.port(), "/whoami"));
  for (int i = 3; i < 9; ++i) EXPECT_EQ(order[i], order[i - 3]);
  EXPECT_EQ(std::set(order.begin(), order.end()).size(), 3U);
}

std::string switches_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  std::string line;
  while (std::getline(file, line)) {
    if (line.rfind("voluntary_ctxt_switches", 0) == 0) return line;
  }
  return "";
}

TEST(Dispatch, WithNobodyToServeTheSupervisorSleeps) {
  auto app = run_app({.flags = {"--workers", "2", "--dispatch", "cbpf"}});
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
  // What nobody will say is waited for: by then it has come to rest, and then it stays there.
  EXPECT_EQ(app.wait_for("words of nobody", std::chrono::seconds(1)), "");
  const auto before = switches_of(app.pid());
  EXPECT_EQ(app.wait_for("words of nobody", std::chrono::seconds(1)), "");
  EXPECT_EQ(switches_of(app.pid()), before);
  // It wakes with the first request, though not before that is answered.
  for (int i = 0; i < 1000 && switches_of(app.pid()) == before; ++i) {
    EXPECT_EQ(fetch(app.port(), "/"), "hello");
  }
  EXPECT_NE(switches_of(app.pid()), before);
}

}  // namespace
}  // namespace shoal::cluster
