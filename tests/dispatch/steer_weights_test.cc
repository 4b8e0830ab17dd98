#include "dispatch/steer_weights.h"

#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <vector>

#include "base/random.h"

namespace shoal::dispatch {
namespace {

std::vector<std::uint32_t> shares_of(const std::vector<candidate>& all) {
  std::vector<std::uint32_t> shares(all.size());
  weigh(all, shares);
  return shares;
}

constexpr candidate idle = {.eligible = true};

TEST(SteerWeights, TheSameWorkGivesTheSameShare) {
  const auto shares = shares_of({idle, idle, idle});
  EXPECT_GT(shares[0], 0U);
  EXPECT_EQ(shares[0], shares[1]);
  EXPECT_EQ(shares[0], shares[2]);
}

TEST(SteerWeights, MoreWorkGivesLess) {
  auto busy = idle;
  busy.work_us = 600;
  const auto shares = shares_of({idle, busy, idle});
  EXPECT_EQ(shares[1], shares[0] / 4);
}

TEST(SteerWeights, WhoMayTakeNothingGetsNothing) {
  auto weightless = idle;
  weightless.weight = 0;
  EXPECT_EQ(shares_of({idle, candidate{}, weightless})[1], 0U);
  EXPECT_EQ(shares_of({idle, candidate{}, weightless})[2], 0U);
  EXPECT_EQ(shares_of({candidate{}, candidate{}}), std::vector<std::uint32_t>(2, 0));
}

TEST(SteerWeights, WeightsAreRespected) {
  auto twice = idle;
  twice.weight = 2;
  const auto shares = shares_of({idle, twice});
  EXPECT_EQ(shares[1], 2 * shares[0]);
}

TEST(SteerWeights, NobodyHasMoreThanTwiceItsFairShareAndNobodyStarves) {
  const auto seed = draw_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  random_source random(seed);
  for (int round = 0; round < 1000; ++round) {
    std::vector<candidate> all(2 + random.below(20), idle);
    for (auto& c : all) c.work_us = random.next() >> random.below(64);
    const auto shares = shares_of(all);
    const auto sum = std::accumulate(shares.begin(), shares.end(), 0.0);
    for (const auto share : shares) {
      EXPECT_GT(share, 0U);
      EXPECT_LE(share, 2.1 * sum / static_cast<double>(all.size()) + 1);
    }
  }
}

}  // namespace
}  // namespace shoal::dispatch
