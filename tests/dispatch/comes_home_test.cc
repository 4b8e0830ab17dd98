#include "dispatch/comes_home.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/random.h"
#include "seed.h"

namespace shoal::dispatch {
namespace {

/// Two nodes with as many workers each, all idle.
std::vector<candidate> two_nodes(unsigned workers) {
  std::vector<candidate> all(2 * workers, {.eligible = true, .node = 0});
  for (unsigned w = workers; w < 2 * workers; ++w) all[w].node = 1;
  return all;
}

TEST(ComesHome, WhereTheNodeHasRoom) {
  auto all = two_nodes(2);
  for (auto& c : all) c.connections = 10;
  EXPECT_TRUE(comes_home(all, 0, 1));
  EXPECT_TRUE(comes_home(all, 3, 0));
}

TEST(ComesHome, NeverToANodeThatHasNobodyReady) {
  auto all = two_nodes(2);
  all[0].connections = 100;
  all[2].eligible = false;
  EXPECT_TRUE(comes_home(all, 0, 1));
  all[3].eligible = false;
  EXPECT_FALSE(comes_home(all, 0, 1));
  EXPECT_FALSE(comes_home(all, 0, 7));
}

TEST(ComesHome, NeverToANodeThatIsMuchBusier) {
  auto all = two_nodes(1);
  all[0].work_us = 1000;
  all[1].work_us = 2 * 1000 + 500;
  EXPECT_TRUE(comes_home(all, 0, 1));
  all[1].work_us += 1;
  EXPECT_FALSE(comes_home(all, 0, 1));
}

TEST(ComesHome, NeverToANodeWithManyMoreConnectionsForEachWorker) {
  auto all = two_nodes(1);
  all.push_back({.eligible = true, .node = 1});
  all[0].connections = 8;
  all[1].connections = all[2].connections = 11;  // 8 and a quarter, and one
  EXPECT_TRUE(comes_home(all, 0, 1));
  all[2].connections += 1;
  EXPECT_FALSE(comes_home(all, 0, 1));
}

TEST(ComesHome, AskedInALongTurnOneCountsAllTheSame) {
  auto all = two_nodes(1);
  all[0].connections = 8;
  all[0].eligible = false;
  all[1].connections = 11;
  EXPECT_TRUE(comes_home(all, 0, 1));
  all[1].connections = 12;
  EXPECT_FALSE(comes_home(all, 0, 1));
}

/// A cluster whose connections ask in random order until no one moves any more.
struct cluster {
  struct connection {
    unsigned worker;
    std::uint32_t node;  ///< of its packets
  };

  std::vector<candidate> all;
  std::vector<connection> connections;

  void add(unsigned worker, std::uint32_t node) {
    connections.push_back({worker, node});
    ++all[worker].connections;
  }

  /// True if somebody has moved.
  bool ask_all(random_source& random) {
    bool moved = false;
    for (auto left = connections.size(); left > 1; --left) {
      std::swap(connections[left - 1], connections[random.below(left)]);
    }
    for (auto& one : connections) {
      if (all[one.worker].node == one.node || !comes_home(all, one.worker, one.node)) continue;
      --all[one.worker].connections;
      one.worker = least_at(one.node);
      ++all[one.worker].connections;
      moved = true;
    }
    return moved;
  }

  [[nodiscard]] unsigned least_at(std::uint32_t node) const {
    unsigned least = nobody;
    for (unsigned w = 0; w < all.size(); ++w) {
      if (all[w].node != node) continue;
      if (least == nobody || all[w].connections < all[least].connections) least = w;
    }
    return least;
  }

  [[nodiscard]] std::size_t abroad() const {
    return static_cast<std::size_t>(
        std::count_if(connections.begin(), connections.end(),
                      [this](const connection& c) { return all[c.worker].node != c.node; }));
  }
};

TEST(ComesHome, AllFindHomeWherePacketsComeInEverywhere) {
  const auto seed = test_seed();
  SCOPED_TRACE("SHOAL_SEED=" + std::to_string(seed));
  random_source random(seed);
  for (int round = 0; round < 50; ++round) {
    cluster c{.all = two_nodes(1 + static_cast<unsigned>(random.below(8))), .connections = {}};
    const auto each = 50 + random.below(500);
    for (std::uint32_t node = 0; node < 2; ++node) {
      for (std::uint64_t i = 0; i < each; ++i) {
        c.add(static_cast<unsigned>(random.below(c.all.size())), node);
      }
    }
    for (int times = 0; c.ask_all(random); ++times) ASSERT_LT(times, 1000);
    EXPECT_EQ(c.abroad(), 0U);
  }
}

TEST(ComesHome, OneQueueForAllPacketsLeavesANodeWithAQuarterMoreThanTheOther) {
  const auto seed = test_seed();
  SCOPED_TRACE("SHOAL_SEED=" + std::to_string(seed));
  random_source random(seed);
  for (int round = 0; round < 50; ++round) {
    const unsigned workers = 1 + static_cast<unsigned>(random.below(8));
    cluster c{.all = two_nodes(workers), .connections = {}};
    const auto count = 100 + random.below(1000);
    for (std::uint64_t i = 0; i < count; ++i) {
      c.add(static_cast<unsigned>(random.below(c.all.size())), 1);
    }
    std::uint64_t most = 0;
    for (unsigned w = workers; w < 2 * workers; ++w) most += c.all[w].connections;
    for (int times = 0; c.ask_all(random); ++times) ASSERT_LT(times, 1000);
    std::uint64_t here = 0;
    std::uint64_t there = 0;
    for (unsigned w = 0; w < workers; ++w) here += c.all[w].connections;
    for (unsigned w = workers; w < 2 * workers; ++w) there += c.all[w].connections;
    // One more than where it stops, or as it was.
    EXPECT_LE(4 * (there - 1), std::max(4 * (most - 1), 5 * (here + 1) + 4 * workers));
  }
}

}  // namespace
}  // namespace shoal::dispatch
