#include "topology/unit.h"

#include <gtest/gtest.h>

namespace shoal::topology {
namespace {

TEST(Unit, IsReadAsItIsShown) {
  for (const char* text : {"numa", "llc", "package", "none", "core-group:1", "core-group:16"}) {
    ASSERT_TRUE(parse_unit(text)) << text;
    EXPECT_EQ(parse_unit(text)->show(), text);
  }
  for (const char* text : {"", "core", "core-group", "core-group:", "core-group:0", "core-group:-1",
                           "core-group:4x", "core-group:8193", "NUMA"}) {
    EXPECT_FALSE(parse_unit(text)) << text;
  }
}

/// Two nodes with two physical cores each; threads are numbered as x86 does it.
machine threaded() {
  machine m;
  for (unsigned id = 0; id < 8; ++id)
    m.cores.push_back({.id = id, .node = id % 4 / 2, .thread = id / 4, .physical = id % 4});
  return m;
}

TEST(Units, KeepTheThreadsOfACoreTogether) {
  const machine m = threaded();
  const auto groups = units_of(m, m.cpus(), {unit_kind::core_group, 2});
  ASSERT_EQ(groups.size(), 4U);
  EXPECT_EQ(groups[0].cpus(), (cpu_list{0, 4}));
  EXPECT_EQ(groups[3].cpus(), (cpu_list{3, 7}));
  EXPECT_EQ(groups[3].nodes, (std::vector<unsigned>{1}));
}

TEST(Units, KnowAllNodesTheyAreOn) {
  const machine m = threaded();
  const auto all = units_of(m, m.cpus(), {unit_kind::none});
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].nodes, (std::vector<unsigned>{0, 1}));
  EXPECT_EQ(order_of(all[0], core_order::physical_first),
            (std::vector<unsigned>{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(order_of(all[0], core_order::node_by_node),
            (std::vector<unsigned>{0, 1, 4, 5, 2, 3, 6, 7}));
  EXPECT_EQ(order_of(all[0], core_order::round_the_nodes),
            (std::vector<unsigned>{0, 2, 1, 3, 4, 6, 5, 7}));
}

TEST(Threads, OfACoreAreLimitedToThoseThatMayBeUsed) {
  const machine m = threaded();
  EXPECT_EQ(limit_threads(m, m.cpus(), 0), m.cpus());
  EXPECT_EQ(limit_threads(m, m.cpus(), 1), (cpu_list{0, 1, 2, 3}));
  EXPECT_EQ(limit_threads(m, {1, 4, 5}, 1), (cpu_list{1, 4}));
  EXPECT_EQ(limit_threads(m, m.cpus(), 2), m.cpus());
}

}  // namespace
}  // namespace shoal::topology
