#include "numa/core_pairs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "numa/core_places.h"
#include "samples.h"
#include "support/topology_trees.h"

namespace shoal::numa {
namespace {

using ::testing::ElementsAre;

std::set<nearness> met(const std::vector<core_place>& cores, unsigned most) {
  std::set<nearness> all;
  for (const auto& [a, b] : pairs_of(cores_to_pair(cores, most))) {
    all.insert(nearness_of(cores[a], cores[b]));
  }
  return all;
}

TEST(NumaCorePairs, TakesAllPairsOfFewCores) {
  EXPECT_EQ(pairs_of(cores_to_pair(cores_of(1, 1, 2, 1), 16)).size(), 1U);
  EXPECT_EQ(pairs_of(cores_to_pair(cores_of(2, 1, 4, 2), 16)).size(), 120U);
  EXPECT_TRUE(pairs_of({0}).empty());
}

TEST(NumaCorePairs, MeetsEachNearnessInASample) {
  const auto cores = cores_of(2, 4, 8, 2);
  const auto chosen = cores_to_pair(cores, 16);
  EXPECT_LE(chosen.size(), 16U);
  EXPECT_THAT(met(cores, 16),
              ElementsAre(nearness::siblings, nearness::cache, nearness::node, nearness::apart));
}

TEST(NumaCorePairs, TakesNodesWhereThereAreTooManyCaches) {
  const auto cores = cores_of(8, 12, 1, 2);
  const auto chosen = cores_to_pair(cores, 16);
  EXPECT_LE(chosen.size(), 16U);
  std::set<unsigned> nodes;
  for (const unsigned id : chosen) nodes.insert(cores[id].node);
  EXPECT_EQ(nodes.size(), 8U);
  EXPECT_TRUE(met(cores, 16).contains(nearness::siblings));
}

TEST(NumaCorePairs, NeverTakesMoreThanTheMost) {
  for (const unsigned nodes : {1U, 4U, 32U}) {
    for (const unsigned caches : {1U, 5U, 16U}) {
      EXPECT_LE(cores_to_pair(cores_of(nodes, caches, 4, 2), 16).size(), 16U);
    }
  }
}

TEST(NumaCorePlaces, ReadsCachesAndThreadsOfTheKernel) {
  testing::fake_tree tree;
  testing::write_machine(tree, {.sockets = 1, .cores_per_node = 2, .threads_per_core = 2});
  const std::string cache = "sys/devices/system/cpu/cpu1/cache/";
  tree.write(cache + "index0/level", "1");
  tree.write(cache + "index0/type", "Instruction");
  tree.write(cache + "index0/size", "64K");
  tree.write(cache + "index1/level", "3");
  tree.write(cache + "index1/type", "Unified");
  tree.write(cache + "index1/size", "32M");
  tree.write(cache + "index1/shared_cpu_list", "0-3");
  const auto machine = topology::read_machine(tree.root());
  ASSERT_TRUE(machine.ok()) << machine.error().message;
  const auto cores = read_core_places(machine.value(), {1, 3}, tree.root());
  ASSERT_EQ(cores.size(), 2U);
  EXPECT_EQ(cores[0].id, 1U);
  EXPECT_EQ(cores[1].physical, 1U);
  EXPECT_EQ(nearness_of(cores[0], cores[1]), nearness::siblings);
  ASSERT_EQ(cores[0].caches.size(), 1U);
  EXPECT_EQ(cores[0].caches[0].bytes, 32UL << 20);
  EXPECT_EQ(cores[0].caches[0].shared_by, 4U);
  EXPECT_EQ(last_level_bytes(cores), 32UL << 20);
}

}  // namespace
}  // namespace shoal::numa
