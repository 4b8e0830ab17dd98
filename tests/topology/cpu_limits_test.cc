#include "topology/cpu_limits.h"

#include <gtest/gtest.h>

#include "support/topology_trees.h"

namespace shoal::topology {
namespace {

using shoal::testing::fake_tree;

const cpu_list all = {0, 1, 2, 3, 4, 5, 6, 7};

limits must_read(const fake_tree& tree) {
  auto l = read_limits(tree.root(), all);
  EXPECT_TRUE(l.ok()) << (l ? "" : l.error().message);
  return l ? std::move(l).value() : limits{};
}

TEST(ReadLimits, KnowsNoneWithoutCgroups) {
  fake_tree tree;
  const limits l = must_read(tree);
  EXPECT_EQ(l.affinity, all);
  EXPECT_FALSE(l.cpuset.has_value());
  EXPECT_FALSE(l.quota_cores.has_value());
}

TEST(ReadLimits, ReadsQuotaAndCpusetOfItsOwnCgroup) {
  fake_tree tree;
  join_cgroup(tree, "/app");
  tree.write("sys/fs/cgroup/app/cpu.max", "150000 100000\n");
  tree.write("sys/fs/cgroup/app/cpuset.cpus.effective", "2-5\n");
  const limits l = must_read(tree);
  EXPECT_DOUBLE_EQ(l.quota_cores.value(), 1.5);
  EXPECT_EQ(l.quota_file, tree.root() + "/sys/fs/cgroup/app/cpu.max");
  EXPECT_EQ(l.cpuset.value(), (cpu_list{2, 3, 4, 5}));
  EXPECT_EQ(l.cpuset_file, tree.root() + "/sys/fs/cgroup/app/cpuset.cpus.effective");
}

TEST(ReadLimits, TheTightestAncestorCounts) {
  fake_tree tree;
  join_cgroup(tree, "/pod/app/worker");
  tree.write("sys/fs/cgroup/cpuset.cpus.effective", "0-7\n");
  tree.write("sys/fs/cgroup/pod/cpu.max", "200000 100000\n");
  tree.write("sys/fs/cgroup/pod/cpuset.cpus.effective", "0-3\n");
  tree.write("sys/fs/cgroup/pod/app/cpu.max", "300000 100000\n");
  tree.write("sys/fs/cgroup/pod/app/worker/cpu.max", "max 100000\n");
  const limits l = must_read(tree);
  EXPECT_DOUBLE_EQ(l.quota_cores.value(), 2);
  EXPECT_EQ(l.quota_file, tree.root() + "/sys/fs/cgroup/pod/cpu.max");
  EXPECT_EQ(l.cpuset.value(), (cpu_list{0, 1, 2, 3}));
}

TEST(ReadLimits, InAContainerTheMountPointIsItsOwnCgroup) {
  for (const char* path : {"/kubepods/pod1/abcdef", "/", "/../../system.slice/x"}) {
    fake_tree tree;
    join_cgroup(tree, path);
    tree.write("sys/fs/cgroup/cpu.max", "50000 100000\n");
    EXPECT_DOUBLE_EQ(must_read(tree).quota_cores.value(), 0.5) << path;
  }
}

TEST(ReadLimits, ReadsVersionOneAndHybridTrees) {
  fake_tree tree;
  tree.write("proc/self/cgroup", "4:memory:/m\n3:cpuset:/c\n1:cpu,cpuacct:/a\n0::/u\n");
  tree.write("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "250000\n");
  tree.write("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
  tree.write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  tree.write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  tree.write("sys/fs/cgroup/cpuset/c/cpuset.effective_cpus", "1,3\n");
  tree.write("sys/fs/cgroup/unified/u/cpu.max", "max 100000\n");
  const limits l = must_read(tree);
  EXPECT_DOUBLE_EQ(l.quota_cores.value(), 2.5);
  EXPECT_EQ(l.cpuset.value(), (cpu_list{1, 3}));
}

TEST(ReadLimits, NamesTheFileThatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"sys/fs/cgroup/app/cpu.max", ""},
      {"sys/fs/cgroup/app/cpu.max", "max"},
      {"sys/fs/cgroup/app/cpu.max", "0 100000"},
      {"sys/fs/cgroup/app/cpu.max", "100000 0"},
      {"sys/fs/cgroup/app/cpu.max", "-1 100000"},
      {"sys/fs/cgroup/app/cpu.max", "99999999999999999999999 1"},
      {"sys/fs/cgroup/app/cpuset.cpus.effective", "all"},
  };
  for (const auto& [path, text] : wrong) {
    fake_tree tree;
    join_cgroup(tree, "/app");
    tree.write(path, text);
    const auto l = read_limits(tree.root(), all);
    ASSERT_FALSE(l.ok()) << path << ": " << text;
    EXPECT_NE(l.error().message.find(path), std::string::npos) << l.error().message;
  }
}

TEST(ReadLimits, OverlooksMembershipsThatAreNone) {
  for (const std::string& text :
       {std::string(), std::string("\n\n"), std::string("0"), std::string("0:"),
        std::string("0::relative"), std::string(100000, '/'), "0::" + std::string(100000, '/'),
        std::string("0::\n1:cpu\n")}) {
    fake_tree tree;
    tree.write("proc/self/cgroup", text);
    EXPECT_FALSE(must_read(tree).quota_cores.has_value());
  }
}

TEST(ReadAffinity, HoldsAtLeastTheCoreThatRunsThis) {
  const auto cpus = read_affinity();
  ASSERT_TRUE(cpus.ok());
  EXPECT_FALSE(cpus.value().empty());
}

}  // namespace
}  // namespace shoal::topology
