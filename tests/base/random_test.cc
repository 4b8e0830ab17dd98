#include "base/random.h"

#include <gtest/gtest.h>

#include <array>

namespace shoal {
namespace {

// From the reference implementation of splitmix64.
TEST(RandomSource, IsSplitmix64) {
  random_source random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317U);
  EXPECT_EQ(random.next(), 3203168211198807973U);
  EXPECT_EQ(random.next(), 9817491932198370423U);
}

TEST(RandomSource, ReplaysFromItsSeed) {
  random_source a(42);
  random_source b(42);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(a.next(), b.next());
}

TEST(RandomSource, StaysBelowItsBoundAndReachesAll) {
  random_source random(1);
  std::array<int, 7> seen{};
  for (int i = 0; i < 7000; ++i) ++seen.at(random.below(7));
  for (const int times : seen) EXPECT_NEAR(times, 1000, 150);
  EXPECT_EQ(random.below(1), 0U);
}

TEST(RandomSource, HitsOneInN) {
  random_source random(1);
  int hits = 0;
  for (int i = 0; i < 10000; ++i) hits += random.one_in(10) ? 1 : 0;
  EXPECT_NEAR(hits, 1000, 150);
  EXPECT_TRUE(random.one_in(1));
}

TEST(DrawSeed, DoesNotRepeat) { EXPECT_NE(draw_seed(), draw_seed()); }

}  // namespace
}  // namespace shoal
