#include "bench/latency.h"

#include <gtest/gtest.h>

namespace shoal::bench {
namespace {

TEST(Latency, MergesBucketByBucketUpwards) {
  const latencies one = {{10, 1}, {30, 3}};
  const latencies other = {{20, 2}, {30, 4}, {40, 5}};
  EXPECT_EQ(merge(one, other), (latencies{{10, 1}, {20, 2}, {30, 7}, {40, 5}}));
  EXPECT_EQ(merge({}, one), one);
  EXPECT_EQ(count_of(merge(one, other)), 15U);
}

TEST(Latency, HasThePercentileOfTheSumAndNotTheAverageOfPercentiles) {
  const latencies fast = {{10, 990}, {20, 10}};
  const latencies slow = {{1000, 1000}};
  EXPECT_EQ(percentile_ns(merge(fast, slow), 0.5), 20);
  EXPECT_EQ(percentile_ns(merge(fast, slow), 0.51), 1000);
}

TEST(Latency, CountsTheRankFromOneAndRoundsItUp) {
  const latencies l = {{1, 500}, {2, 499}, {3, 1}};
  EXPECT_EQ(percentile_ns(l, 0), 1);
  EXPECT_EQ(percentile_ns(l, 0.5), 1);
  EXPECT_EQ(percentile_ns(l, 0.501), 2);
  EXPECT_EQ(percentile_ns(l, 0.999), 2);
  EXPECT_EQ(percentile_ns(l, 0.9991), 3);
  EXPECT_EQ(percentile_ns(l, 1), 3);
}

TEST(Latency, InCoarserBucketsLosesNothingAndIsOffByLessThanAHundredth) {
  latencies fine;
  for (std::uint64_t ns = 1; ns < 100'000'000; ns += 1 + ns / 1000) fine.emplace_back(ns, 3);
  const latencies wide = coarser(fine);
  EXPECT_LT(wide.size(), fine.size() / 4);
  EXPECT_EQ(count_of(wide), count_of(fine));
  for (const double share : {0.01, 0.5, 0.9, 0.999, 1.0}) {
    const double exact = percentile_ns(fine, share).value();
    EXPECT_GE(percentile_ns(wide, share).value(), exact);
    EXPECT_LE(percentile_ns(wide, share).value(), exact * 1.008);
  }
  EXPECT_EQ(coarser(wide), wide);
}

TEST(Latency, OfNothingHasNone) {
  EXPECT_EQ(percentile_ns({}, 0.5), std::nullopt);
  EXPECT_EQ(percentile_ns({{10, 0}}, 0.5), std::nullopt);
}

}  // namespace
}  // namespace shoal::bench
