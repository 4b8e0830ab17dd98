#include "load/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "base/random.h"

namespace shoal::load {
namespace {

// A histogram is 240 KiB: not for the stack.
std::unique_ptr<histogram> make() { return std::make_unique<histogram>(); }

TEST(Histogram, IsEmptyAtFirst) {
  const auto h = make();
  EXPECT_EQ(h->count(), 0U);
  EXPECT_EQ(h->least(), 0U);
  EXPECT_EQ(h->most(), 0U);
  EXPECT_EQ(h->mean(), 0.0);
  EXPECT_EQ(h->percentile(50), 0U);
}

TEST(Histogram, EveryValueLiesInItsBucketWithinATenthOfAPercent) {
  for (std::uint64_t power = 0; power < 40; ++power) {
    for (const int offset : {-1, 0, 1, 77}) {
      const std::uint64_t value = (std::uint64_t{1} << power) + offset;
      if (value > histogram::highest) continue;
      const std::uint64_t end = histogram::end_of(histogram::bucket_of(value));
      EXPECT_GE(end, value);
      EXPECT_LE(static_cast<double>(end - value), 0.001 * static_cast<double>(value)) << value;
    }
  }
}

TEST(Histogram, BucketsFollowEachOtherWithoutGaps) {
  std::size_t bucket = 0;
  for (std::uint64_t value = 0; value < (1U << 20); ++value) {
    const std::size_t now = histogram::bucket_of(value);
    ASSERT_TRUE(now == bucket || now == bucket + 1) << value;
    if (now == bucket + 1) ASSERT_EQ(histogram::end_of(bucket), value - 1);
    bucket = now;
  }
}

TEST(Histogram, PercentilesAgreeWithASortedList) {
  random_source random(20261124);
  const auto h = make();
  std::vector<std::uint64_t> values;
  for (int i = 0; i < 20'000; ++i) {
    values.push_back(random.next() >> (24 + random.below(38)));  // 2 ns to 18 minutes
    h->record(values.back());
  }
  std::sort(values.begin(), values.end());
  for (const double percent : {0.001, 1.0, 50.0, 90.0, 99.0, 99.9, 99.99, 100.0}) {
    const auto rank = static_cast<std::size_t>(std::ceil(percent / 100 * 20'000));
    const auto exact = static_cast<double>(values[std::max<std::size_t>(rank, 1) - 1]);
    const auto told = static_cast<double>(h->percentile(percent));
    EXPECT_GE(told, exact) << percent;
    EXPECT_LE(told, exact * 1.001 + 1) << percent;
  }
}

TEST(Histogram, OneStallAmongManyShowsWhereItBelongs) {
  const auto h = make();
  h->record(100'000, 9'985);
  h->record(1'400'000'000, 15);
  EXPECT_LE(h->percentile(99.8), 100'100U);
  EXPECT_EQ(h->percentile(99.9), 1'400'000'000U);
  EXPECT_EQ(h->most(), 1'400'000'000U);
}

TEST(Histogram, AddingIsTheSameAsRecordingInOne) {
  random_source random(7);
  const auto left = make();
  const auto right = make();
  const auto both = make();
  for (int i = 0; i < 1'000; ++i) {
    const std::uint64_t value = random.below(10'000'000);
    (i % 3 == 0 ? *left : *right).record(value);
    both->record(value);
  }
  left->add(*right);
  EXPECT_EQ(left->count(), both->count());
  EXPECT_EQ(left->mean(), both->mean());
  EXPECT_EQ(left->least(), both->least());
  EXPECT_EQ(left->most(), both->most());
  for (const double percent : {10.0, 50.0, 99.0}) {
    EXPECT_EQ(left->percentile(percent), both->percentile(percent));
  }
}

TEST(Histogram, AddingAnEmptyOneChangesNothing) {
  const auto h = make();
  const auto empty = make();
  h->record(5);
  h->add(*empty);
  EXPECT_EQ(h->least(), 5U);
  EXPECT_EQ(h->most(), 5U);
}

TEST(Histogram, WhatIsAboveTheHighestCountsAsTheHighest) {
  const auto h = make();
  h->record(~std::uint64_t{0});
  EXPECT_EQ(h->most(), histogram::highest);
  EXPECT_EQ(h->percentile(50), histogram::highest);
}

TEST(Histogram, TellsItsBucketsUpwardsAndNoEmptyOnes) {
  const auto h = make();
  h->record(5'000'000, 3);
  h->record(7);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> seen;
  h->for_each_bucket([&](std::uint64_t upper, std::uint64_t n) { seen.emplace_back(upper, n); });
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0], std::pair(std::uint64_t{7}, std::uint64_t{1}));
  EXPECT_GE(seen[1].first, 5'000'000U);
  EXPECT_LE(seen[1].first, 5'005'000U);
  EXPECT_EQ(seen[1].second, 3U);
}

TEST(Histogram, ClearForgetsAll) {
  const auto h = make();
  h->record(5);
  h->clear();
  EXPECT_EQ(h->count(), 0U);
  EXPECT_EQ(h->percentile(100), 0U);
}

}  // namespace
}  // namespace shoal::load
