// Whole clusters: what placement asks of the kernel, and what has come of it. The machine is
// played: where a node exists twice in the plan and once in fact, the plan fails, and that is said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <vector>

#include "cluster/exit_code.h"
#include "running_app.h"
#include "support/topology_trees.h"

namespace shoal::cluster {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Placement : public ::testing::Test {
 protected:
  /// One core on each of two nodes, of which the machine that runs this has one or more.
  Placement() {
    shoal::testing::write_machine(tree_, {.nodes_per_socket = 2, .cores_per_node = 1});
  }

  [[nodiscard]] app_settings settings(std::vector<std::string> more = {}) const {
    const auto control = tree_.root() + "/control";
    std::vector<std::string> flags = {"--topology-root", tree_.root(), "--control", control};
    flags.insert(flags.end(), more.begin(), more.end());
    return {.flags = std::move(flags)};
  }

  /// Once all have looked.
  [[nodiscard]] std::string numa(unsigned processes) const {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < end) {
      test_client client(tree_.root() + "/control");
      client.send("GET /v1/numa HTTP/1.1\r\nHost: a\r\nAccept: text/plain\r\n\r\n");
      auto answer = client.answer();
      unsigned looked = 0;
      for (auto at = answer.find(" s ago"); at != answer.npos; at = answer.find(" s ago", at + 1)) {
        ++looked;
      }
      if (looked == processes) return answer;
    }
    return "";
  }

  shoal::testing::fake_tree tree_;
};

TEST_F(Placement, IsToldAsItIs) {
  auto app = run_app(settings({"--placement", "spread", "--unit", "none", "--workers", "1"}));
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
  const auto told = numa(1);
  EXPECT_THAT(told, HasSubstr("placement spread"));
  EXPECT_THAT(told, HasSubstr("memory default"));
  EXPECT_THAT(told, HasSubstr("worker 0: core 0, planned 0 on NUMA node 0"));
  for (const auto* nothing : {"stacks: 0 pages", "buffers: 0 pages", "slots: 0 pages"}) {
    EXPECT_THAT(told, Not(HasSubstr(nothing)));
  }
}

TEST_F(Placement, ThatTheKernelDoesNotFollowIsAWarning) {
  if (::access("/sys/devices/system/node/node1", F_OK) == 0) {
    GTEST_SKIP() << "this machine has two nodes, and the plan would come true";
  }
  auto app = run_app(settings({"--memory", "bind", "--workers", "1"}));
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_THAT(app.log(), HasSubstr("memory may lie on any NUMA node: cannot set memory policy bind "
                                   "to NUMA node 1"));
  const auto told = numa(2);
  EXPECT_THAT(told, HasSubstr("memory bind to NUMA node 0, 0.0 % elsewhere than planned"));
  EXPECT_THAT(told, HasSubstr("memory bind to NUMA node 1, 100.0 % elsewhere than planned"));
  EXPECT_THAT(app.wait_for("lie elsewhere than on NUMA node 1"), HasSubstr("100.0 % of the "));
}

TEST_F(Placement, ThatCannotBeHadEndsAStrictStart) {
  auto app = run_app(settings({"--strict", "on", "--nodes", "3"}));
  EXPECT_EQ(app.ended(), exit_configuration);
  EXPECT_THAT(app.log(), HasSubstr("3 node processes for 2 NUMA nodes: some share one; strict"));
  if (::access("/sys/devices/system/node/node1", F_OK) == 0) return;
  auto bound = run_app(settings({"--strict", "on", "--placement", "remote"}));
  EXPECT_EQ(bound.ended(), exit_driver_refused);
  EXPECT_THAT(bound.log(), HasSubstr("cannot set memory policy bind to NUMA node 1"));
}

}  // namespace
}  // namespace shoal::cluster
