#include "cluster/node/job_watch.h"

#include <gtest/gtest.h>

#include <array>

namespace shoal::cluster {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr monotonic_time noon{std::chrono::hours(12)};

TEST(JobWatch, TellsOnceOfAJobThatRunsForLong) {
  std::array<compute::at_work, 2> threads;
  job_watch watch(threads);
  EXPECT_FALSE(watch.cares());
  threads[1].begins(7, noon);
  EXPECT_TRUE(watch.cares());
  EXPECT_TRUE(watch.look(noon + milliseconds(999)).empty());
  const auto late = watch.look(noon + seconds(1));
  ASSERT_EQ(late.size(), 1U);
  EXPECT_EQ(late[0].route, 7U);
  EXPECT_EQ(late[0].since, noon);
  EXPECT_TRUE(watch.look(noon + seconds(3)).empty());
}

TEST(JobWatch, TellsOfTheNextOneOfTheSameThread) {
  std::array<compute::at_work, 1> threads;
  job_watch watch(threads);
  threads[0].begins(7, noon);
  EXPECT_EQ(watch.look(noon + seconds(2)).size(), 1U);
  threads[0].ends();
  EXPECT_FALSE(watch.cares());
  EXPECT_TRUE(watch.look(noon + seconds(3)).empty());
  threads[0].begins(8, noon + seconds(3));
  EXPECT_EQ(watch.look(noon + seconds(5)).size(), 1U);
}

}  // namespace
}  // namespace shoal::cluster
