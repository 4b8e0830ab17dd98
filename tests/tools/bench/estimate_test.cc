#include "bench/estimate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include "synthetic_results.h"

namespace shoal::bench {
namespace {

std::uint64_t seed() {
  const char* const given = std::getenv("SHOAL_SEED");
  return given == nullptr ? 1 : std::stoull(given);
}

/// Ratios of b : a, as pairs have them: the drift that both share is gone, noise of each stays.
std::vector<double> draw_ratios(random_source& random, unsigned pairs, double truth, double noise) {
  std::vector<double> ratios;
  double drift = 1;
  for (unsigned i = 0; i < pairs; ++i) {
    drift *= draw_factor(random, 0.2);
    const double a = 1000 * drift * draw_factor(random, noise);
    const double b = 1000 * truth * drift * draw_factor(random, noise);
    ratios.push_back(b / a);
  }
  return ratios;
}

template <typename Is>
int count_of_1000(unsigned pairs, double truth, double noise, Is is) {
  random_source random(seed());
  int count = 0;
  for (int i = 0; i < 1000; ++i) {
    count += is(estimate_ratio(draw_ratios(random, pairs, truth, noise))) ? 1 : 0;
  }
  return count;
}

TEST(Estimate, OfEqualsIncludesOneInNineteenOfTwentyCasesWhateverTheDrift) {
  for (unsigned pairs = 6; pairs <= 20; ++pairs) {
    const int included =
        count_of_1000(pairs, 1, 0.02, [](const estimate& e) { return e.includes(1); });
    // 950 give or take two standard deviations.
    EXPECT_GE(included, 936) << pairs << " pairs, SHOAL_SEED=" << seed();
    EXPECT_LE(included, 995) << pairs << " pairs say nothing any more, SHOAL_SEED=" << seed();
  }
}

TEST(Estimate, FindsASlowdownOfFivePercentInTwoPercentOfNoiseWithItsSign) {
  for (const unsigned pairs : {10U, 20U}) {
    const auto found = [](const estimate& e) { return e.enough() && e.high < 1; };
    EXPECT_GE(count_of_1000(pairs, 0.95, 0.02, found), 950)
        << pairs << " pairs, SHOAL_SEED=" << seed();
  }
}

TEST(Estimate, HasTheMedianWithinBoundsThatAreValuesOrBetweenThem) {
  const estimate odd = estimate_median({9, 1, 5, 3, 7, 2, 8});
  EXPECT_EQ(odd.middle, 5);
  EXPECT_EQ(odd.low, 1);
  EXPECT_EQ(odd.high, 9);
  const estimate even = estimate_median({1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  EXPECT_EQ(even.middle, 5.5);
  EXPECT_GT(even.low, 1);
  EXPECT_LT(even.low, 4);
  EXPECT_NEAR(even.low - 1, 10 - even.high, 1e-12);
}

TEST(Estimate, GetsNarrowerWithMoreValues) {
  const auto width = [](unsigned count) {
    std::vector<double> values;
    for (unsigned i = 0; i < count; ++i) values.push_back((i + 0.5) / count);
    const estimate e = estimate_median(values);
    return e.high - e.low;
  };
  EXPECT_GT(width(6), width(12));
  EXPECT_GT(width(12), width(50));
  EXPECT_GT(width(50), width(200));
  // Where another way of reckoning begins, the bounds are nearly the same.
  EXPECT_NEAR(width(200), width(201), 0.01);
}

TEST(Estimate, OfFewValuesHasTheirExtremesAndPromisesNothing) {
  const estimate e = estimate_median({3, 1, 2, 5, 4});
  EXPECT_FALSE(e.enough());
  EXPECT_EQ(e.low, 1);
  EXPECT_EQ(e.high, 5);
  EXPECT_EQ(estimate_median({}).count, 0U);
  EXPECT_EQ(estimate_median({7}).middle, 7);
}

TEST(Estimate, OfEqualValuesIsThatValue) {
  for (const unsigned count : {6U, 7U, 40U}) {
    const estimate e = estimate_median(std::vector<double>(count, 2));
    EXPECT_EQ(e.low, 2);
    EXPECT_EQ(e.high, 2);
  }
}

TEST(Estimate, OfRatiosIsTheInverseOfTheInverses) {
  const std::vector<double> ratios = {0.9, 1.1, 1.3, 0.7, 1.2, 1.05, 2, 0.8};
  std::vector<double> inverses;
  for (const double r : ratios) inverses.push_back(1 / r);
  const estimate there = estimate_ratio(ratios);
  const estimate back = inverse(estimate_ratio(inverses));
  EXPECT_NEAR(there.middle, back.middle, 1e-12);
  EXPECT_NEAR(there.low, back.low, 1e-12);
  EXPECT_NEAR(there.high, back.high, 1e-12);
}

TEST(Estimate, OfAQuotientHasWhatBothAreUnsureOf) {
  const estimate one{2, 1.8, 2.2, 8};
  const estimate exact{4, 4, 4, 10};
  const estimate q = quotient(one, exact);
  EXPECT_NEAR(q.middle, 0.5, 1e-12);
  EXPECT_NEAR(q.low, 0.45, 1e-12);
  EXPECT_NEAR(q.high, 0.55, 1e-12);
  EXPECT_EQ(q.count, 8U);
  const estimate both = quotient(one, one);
  EXPECT_LT(both.low, 0.9);
  EXPECT_GT(both.low, 1.8 / 2.2);
}

TEST(Estimate, OfAQuotientOfEqualsIncludesOneInNineteenOfTwentyCases) {
  random_source random(seed());
  int included = 0;
  for (int i = 0; i < 1000; ++i) {
    const estimate before = estimate_ratio(draw_ratios(random, 8, 1.2, 0.02));
    const estimate after = estimate_ratio(draw_ratios(random, 12, 1.2, 0.02));
    included += quotient(after, before).includes(1) ? 1 : 0;
  }
  EXPECT_GE(included, 936) << "SHOAL_SEED=" << seed();
}

}  // namespace
}  // namespace shoal::bench
