// `shoal doctor` from outside: on this machine, and on one that has a problem.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.h"
#include "support/scratch_directory.h"
#include "support/topology_trees.h"

namespace shoal::tool {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// What holds here and now decides about eBPF and the like; the tree about all the rest.
class ShoalDoctor : public ::testing::Test {
 protected:
  ShoalDoctor() { write_machine(tree_, {.cores_per_node = 2}); }

  run_outcome look(const std::string& arguments = "") const {
    return run("doctor --root " + tree_.root() + " " + arguments);
  }

  shoal::testing::fake_tree tree_;
};

TEST_F(ShoalDoctor, EndsWithOneIfThereIsAProblem) {
  tree_.write("proc/sys/net/core/somaxconn", "128\n");
  const auto seen = look();
  EXPECT_EQ(seen.exit_code, 1) << seen.text;
  EXPECT_THAT(seen.text, AllOf(HasSubstr("problem  backlog: "),
                               HasSubstr("change: sysctl -w net.core.somaxconn=4096\n")));
}

TEST_F(ShoalDoctor, EndsWithZeroWhereAllIsWellEnough) {
  tree_.write("proc/sys/net/core/somaxconn", "4096\n");
  const auto seen = look();
  EXPECT_EQ(seen.exit_code, 0) << seen.text;
  EXPECT_THAT(seen.text, AllOf(HasSubstr("ok       backlog: "), HasSubstr("\n0 problems, ")));
}

TEST_F(ShoalDoctor, JudgesByWhatTheServerWants) {
  tree_.write("proc/sys/net/core/somaxconn", "128\n");
  const testing::scratch_directory place;
  const auto file = place.write("a.toml", "backlog = 100\ndriver = \"epoll\"\n");
  const auto seen = look(file);
  EXPECT_EQ(seen.exit_code, 0) << seen.text;
  EXPECT_THAT(seen.text, HasSubstr("io_uring: not wanted: driver epoll"));
  EXPECT_EQ(look(place.write("b.toml", "backlok = 1\n")).exit_code, 1);
}

TEST_F(ShoalDoctor, PrintsJson) {
  EXPECT_THAT(look("--json").text,
              AllOf(HasSubstr("{\"problems\":0,\"advice\":"),
                    HasSubstr("{\"check\":\"workers\",\"verdict\":\"ok\",\"says\":\"2 workers: ")));
}

TEST_F(ShoalDoctor, LeavesNoServerBehindThatOthersCouldSee) {
  const auto seen = run("doctor");
  EXPECT_THAT(seen.text, AllOf(HasSubstr(" shared-memory: "), HasSubstr(" problems, ")));
  EXPECT_THAT(run("status").text, Not(HasSubstr("doctor")));
}

TEST_F(ShoalDoctor, SaysThatItCouldNotLook) {
  const auto seen = run("doctor --root /nonexistent");
  EXPECT_EQ(seen.exit_code, 1);
  EXPECT_THAT(seen.text, AllOf(HasSubstr("shoal: "), HasSubstr("/nonexistent")));
}

}  // namespace
}  // namespace shoal::tool
