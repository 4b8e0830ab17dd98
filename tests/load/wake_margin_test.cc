#include "load/wake_margin.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace shoal::load {
namespace {

using std::chrono::microseconds;

TEST(WakeMargin, CoversNineOfTenSleeps) {
  wake_margin margin(microseconds(200));
  random_source random(3);
  int beyond = 0;
  for (int i = 0; i < 20'000; ++i) {
    const nanoseconds late(random.below(100'000));
    if (i >= 10'000 && late > margin.get()) ++beyond;
    margin.note(late);
  }
  EXPECT_NEAR(beyond, 1'000, 150);
}

TEST(WakeMargin, StaysWithinItsBounds) {
  wake_margin margin(microseconds(100));
  for (int i = 0; i < 1'000; ++i) margin.note(std::chrono::milliseconds(5));
  EXPECT_EQ(margin.get(), microseconds(100));
  for (int i = 0; i < 1'000; ++i) margin.note(nanoseconds(0));
  EXPECT_EQ(margin.get(), nanoseconds(0));
}

TEST(WakeMargin, IsNoneWhereNoneIsAllowed) {
  wake_margin margin(nanoseconds(0));
  EXPECT_EQ(margin.get(), nanoseconds(0));
  margin.note(microseconds(60));
  EXPECT_EQ(margin.get(), nanoseconds(0));
}

}  // namespace
}  // namespace shoal::load
