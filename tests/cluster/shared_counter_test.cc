#include "shoal/cluster/shared_counter.h"

#include <gtest/gtest.h>

#include <limits>

#include "support/child_process.h"

namespace shoal {
namespace {

TEST(SharedCounter, AddsAndSaysWhatItHasMade) {
  shared_counter n(40);
  EXPECT_EQ(n.add(), 41);
  EXPECT_EQ(n.add(-1), 40);
  EXPECT_EQ(n.exchange(7), 40);
  EXPECT_EQ(n.value(), 7);
}

TEST(SharedCounter, WrapsAtItsEnd) {
  shared_counter n(std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(n.add(), std::numeric_limits<std::int64_t>::min());
}

TEST(SharedCounter, AddsNoMoreThanItMay) {
  shared_counter n;
  EXPECT_TRUE(n.try_add(3, 5));
  EXPECT_FALSE(n.try_add(3, 5));
  EXPECT_TRUE(n.try_add(2, 5));
  EXPECT_FALSE(n.try_add(1, 5));
  EXPECT_FALSE(n.try_add(std::numeric_limits<std::int64_t>::max(), 5));
  EXPECT_EQ(n.value(), 5);
}

TEST(SharedCounter, IsOneForAllProcessesAndOutlivesThem) {
  shared_counter n;
  shared_counter tickets;
  const auto work = [&] {
    for (int i = 0; i < 10'000; ++i) {
      n.add();
      static_cast<void>(tickets.try_add(1, 5'000));
    }
  };
  testing::child_process one(work), two(work);
  EXPECT_EQ(one.wait(), 0);
  EXPECT_EQ(two.wait(), 0);
  EXPECT_EQ(n.value(), 20'000);
  EXPECT_EQ(tickets.value(), 5'000);
}

}  // namespace
}  // namespace shoal
