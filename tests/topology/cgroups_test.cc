#include "topology/cgroups.h"

#include <gtest/gtest.h>

#include "support/topology_trees.h"

namespace shoal::topology {
namespace {

using shoal::testing::fake_tree;
using paths = std::vector<std::string>;

paths directories(const fake_tree& tree, std::string_view controller = {}) {
  paths found = cgroup_directories(tree.root(), controller).value();
  for (auto& path : found) path = path.substr(tree.root().size());
  return found;
}

TEST(CgroupDirectories, AreThoseOfTheCgroupAndAllAboveIt) {
  fake_tree tree;
  join_cgroup(tree, "/pod/app");
  EXPECT_EQ(directories(tree), (paths{"/sys/fs/cgroup/pod/app", "/sys/fs/cgroup/pod",
                                      "/sys/fs/cgroup", "/sys/fs/cgroup/unified/pod/app",
                                      "/sys/fs/cgroup/unified/pod", "/sys/fs/cgroup/unified"}));
  EXPECT_EQ(directories(tree, "cpu"), paths{});
}

TEST(CgroupDirectories, OfTheFirstVersionLieBelowTheirControllers) {
  fake_tree tree;
  tree.write("proc/self/cgroup", "4:cpu,cpuacct:/app\n3:cpuset:/\n0::/app\n");
  EXPECT_EQ(directories(tree, "cpu"),
            (paths{"/sys/fs/cgroup/cpu,cpuacct/app", "/sys/fs/cgroup/cpu,cpuacct"}));
  EXPECT_EQ(directories(tree, "cpuset"), paths{"/sys/fs/cgroup/cpuset"});
}

TEST(CgroupDirectories, LeaveAPathOutThatLeadsOutOfTheMount) {
  fake_tree tree;
  join_cgroup(tree, "/../../system.slice/x");
  EXPECT_EQ(directories(tree), (paths{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}));
}

TEST(CgroupDirectories, AreNoneWithoutCgroups) {
  const fake_tree tree;
  EXPECT_EQ(directories(tree), paths{});
}

}  // namespace
}  // namespace shoal::topology
