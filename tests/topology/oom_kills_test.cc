#include "topology/oom_kills.h"

#include <gtest/gtest.h>

#include "support/topology_trees.h"

namespace shoal::topology {
namespace {

using shoal::testing::fake_tree;

TEST(OomKills, AreCountedByTheNearestCgroupThatSaysSo) {
  fake_tree tree;
  join_cgroup(tree, "/pod/app");
  EXPECT_EQ(count_oom_kills(tree.root()), 0U);
  tree.write("sys/fs/cgroup/pod/memory.events", "low 0\noom 9\noom_kill 4\n");
  EXPECT_EQ(count_oom_kills(tree.root()), 4U);
  tree.write("sys/fs/cgroup/pod/app/memory.events", "low 0\noom 9\noom_kill 2\noom_group_kill 7\n");
  EXPECT_EQ(count_oom_kills(tree.root()), 2U);
}

TEST(OomKills, AreCountedByVersionOneToo) {
  fake_tree tree;
  tree.write("proc/self/cgroup", "4:memory:/app\n0::/\n");
  tree.write("sys/fs/cgroup/memory/app/memory.oom_control",
             "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n");
  EXPECT_EQ(count_oom_kills(tree.root()), 3U);
}

TEST(OomKills, OfWhatMakesNoSenseAreNone) {
  fake_tree tree;
  join_cgroup(tree, "/app");
  for (const char* const text : {"", "oom_kill", "oom_kill \n", "oom_kill many\n", "oom_kill -1\n",
                                 "oom_kill 99999999999999999999\n"}) {
    tree.write("sys/fs/cgroup/app/memory.events", text);
    EXPECT_EQ(count_oom_kills(tree.root()), 0U) << text;
  }
}

}  // namespace
}  // namespace shoal::topology
