// What each policy is for, in small.
#include "dispatch/policy.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "dispatch/least_connections.h"
#include "dispatch/least_loaded.h"
#include "dispatch/local.h"
#include "dispatch/power_of_two.h"
#include "dispatch/round_robin.h"
#include "dispatch/sticky.h"

namespace shoal::dispatch {
namespace {

std::vector<candidate> equals(unsigned n) { return std::vector<candidate>(n, {.eligible = true}); }

TEST(PolicyNames, AreReadBack) {
  for (const policy_kind kind : all_policies) {
    EXPECT_EQ(parse_policy(name_of(kind)), kind);
    EXPECT_NE(policy_names().find(name_of(kind)), std::string::npos);
  }
  EXPECT_EQ(parse_policy("best"), std::nullopt);
  EXPECT_EQ(parse_policy(""), std::nullopt);
}

TEST(Choose, LeavesTheKernelsChoiceToTheKernel) {
  EXPECT_EQ(choose(policy_kind::kernel, equals(4), {}), nobody);
}

TEST(Choose, IsLeastLoadedByDefault) {
  std::vector<candidate> all = equals(4);
  for (candidate& c : all) c.work_us = 10;
  all[2].work_us = 9;
  EXPECT_EQ(choose(policy_kind::automatic, all, {}), 2U);
}

TEST(RoundRobin, TakesTurnsByWeightAndSkipsWhoMayNot) {
  std::vector<candidate> all = equals(4);
  all[1].eligible = false;
  all[2].weight = 2;
  std::string order;
  for (std::uint64_t i = 0; i < 8; ++i) order += std::to_string(round_robin(all, {.seed = i}));
  EXPECT_EQ(order, "02230223");
}

TEST(LeastLoaded, TakesTheLeastForItsWeight) {
  std::vector<candidate> all = equals(3);
  all[0].work_us = 10;
  all[1].work_us = 30;
  all[1].weight = 4;
  all[2].work_us = 9;
  EXPECT_EQ(least_loaded(all, {}), 1U);
}

TEST(LeastConnections, LooksAtConnectionsAlone) {
  std::vector<candidate> all = equals(2);
  all[0].connections = 3;
  all[1].connections = 2;
  all[1].work_us = 1'000'000;
  EXPECT_EQ(least_connections(all, {}), 1U);
}

TEST(PowerOfTwo, IsLeastLoadedOfTwo) {
  std::vector<candidate> all = equals(2);
  all[0].work_us = 1;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    ASSERT_EQ(power_of_two(all, {.seed = seed}), 1U);
  }
}

TEST(PowerOfTwo, NeverTakesTheMostLoadedOfMany) {
  std::vector<candidate> all = equals(8);
  all[3].work_us = 1;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    ASSERT_NE(power_of_two(all, {.seed = seed}), 3U);
  }
}

TEST(PowerOfTwo, TakesTheOnlyOne) {
  std::vector<candidate> all = equals(3);
  all[0].eligible = all[2].eligible = false;
  EXPECT_EQ(power_of_two(all, {.seed = 5}), 1U);
}

std::vector<candidate> two_nodes_of_two() {
  std::vector<candidate> all = equals(4);
  for (std::uint32_t i = 0; i < 4; ++i) {
    all[i].cpu = i;
    all[i].node = i / 2;
    all[i].work_us = 1000;
  }
  return all;
}

TEST(Local, StaysOnTheCoreThenOnTheNode) {
  std::vector<candidate> all = two_nodes_of_two();
  all[0].work_us = 600;
  EXPECT_EQ(local(all, {.node = 1, .cpu = 3}), 3U);
  all[3].eligible = false;
  EXPECT_EQ(local(all, {.node = 1, .cpu = 3}), 2U);
  EXPECT_EQ(local(all, {.node = 1, .cpu = 77}), 2U);
  EXPECT_EQ(local(all, {.node = 7, .cpu = 77}), 0U);
  EXPECT_EQ(local(all, {}), 0U);
}

TEST(Local, LeavesHomeOnlyWhereItsLoadIsWellAboveTheLeast) {
  std::vector<candidate> all = two_nodes_of_two();
  all[3].work_us = 2500;  // twice the least and the margin
  EXPECT_EQ(local(all, {.node = 1, .cpu = 3}), 3U);
  all[3].work_us = 2501;
  EXPECT_EQ(local(all, {.node = 1, .cpu = 3}), 2U);
  all[2].work_us = 2501;
  EXPECT_LT(local(all, {.node = 1, .cpu = 3}), 2U);
  for (candidate& c : all) c.work_us = 0;
  all[3].work_us = 500;  // a handful of requests against nothing
  EXPECT_EQ(local(all, {.node = 1, .cpu = 3}), 3U);
}

TEST(Sticky, AnswersTheSameInEveryProcess) {
  // A golden row: another answer in the next version would move every session of every user.
  std::string row;
  for (std::uint64_t key = 1; key <= 16; ++key) {
    row += std::to_string(sticky(equals(8), {.key = key}));
  }
  EXPECT_EQ(row, "3005473242767714");
}

TEST(Sticky, LooksAtNoSeedAndNoLoad) {
  std::vector<candidate> all = equals(8);
  const unsigned home = sticky(all, {.key = 42, .seed = 1});
  all[home].work_us = 1'000'000;
  all[home].recent = 1'000'000;
  EXPECT_EQ(sticky(all, {.key = 42, .seed = 2}), home);
}

TEST(Sticky, MovesOnlyTheKeysOfTheWorkerThatGoes) {
  constexpr unsigned keys = 20'000;
  for (const unsigned n : {2U, 8U, 64U}) {
    const std::vector<candidate> all = equals(n);
    std::vector<candidate> rest = all;
    rest[n / 2].eligible = false;
    unsigned moved = 0;
    for (std::uint64_t key = 0; key < keys; ++key) {
      const unsigned before = sticky(all, {.key = key});
      const unsigned after = sticky(rest, {.key = key});
      ASSERT_TRUE(before == after || before == n / 2) << key;
      moved += before == after ? 0 : 1;
    }
    EXPECT_LE(moved, keys * (1.0 / n + 0.03)) << n;
    EXPECT_GE(moved, keys * (1.0 / n - 0.03)) << n;
  }
}

TEST(Sticky, GivesAHeavierWorkerKeysOfAllOthersAndTakesNoneBetweenThem) {
  std::vector<candidate> all = equals(8);
  std::vector<candidate> heavier = all;
  heavier[0].weight = 2;
  unsigned moved = 0;
  for (std::uint64_t key = 0; key < 20'000; ++key) {
    const unsigned before = sticky(all, {.key = key});
    const unsigned after = sticky(heavier, {.key = key});
    ASSERT_TRUE(before == after || after == 0) << key;
    moved += before == after ? 0 : 1;
  }
  EXPECT_NEAR(moved, 20'000 * (2.0 / 9 - 1.0 / 8), 300);
}

}  // namespace
}  // namespace shoal::dispatch
