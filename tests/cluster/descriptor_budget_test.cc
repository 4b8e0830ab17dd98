#include "cluster/descriptor_budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace shoal::cluster {
namespace {

using testing::HasSubstr;

TEST(DescriptorBudget, WorkersShareOutNineTenthsOfTheLimit) {
  const auto one = connections_for_each_worker({.workers = 1}, 20'000);
  const auto four = connections_for_each_worker({.workers = 4}, 20'000);
  ASSERT_TRUE(one.ok() && four.ok());
  EXPECT_GT(one.value(), 17'900U);
  EXPECT_LT(one.value(), 18'000U);
  EXPECT_NEAR(four.value(), one.value() / 4, 10);
}

TEST(DescriptorBudget, AWishThatFitsIsGranted) {
  EXPECT_EQ(connections_for_each_worker({.workers = 2, .max_connections = 500}, 2'000).value(),
            500U);
}

TEST(DescriptorBudget, MoreThanTheLimitAllowsIsRefusedWithBothNumbers) {
  const auto many = connections_for_each_worker({.workers = 5'000}, 20'000);
  ASSERT_FALSE(many.ok());
  EXPECT_THAT(many.error().message, HasSubstr("RLIMIT_NOFILE allows 20000; lower --workers"));
  EXPECT_FALSE(connections_for_each_worker({.max_connections = 1'000}, 1'024).ok());
  EXPECT_FALSE(connections_for_each_worker({}, 24).ok());
}

TEST(DescriptorBudget, TheSupervisorsOwnDescriptorsCountToo) {
  // Few workers in each process, but all their listeners lie in one supervisor.
  EXPECT_FALSE(
      connections_for_each_worker({.processes = 600, .workers = 1, .addresses = 2}, 1'024).ok());
}

TEST(DescriptorBudget, RoomIsMadeOnceAndWithinALimit) {
  const auto room = [] {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
      if (word == "FDSize:") break;
    }
    unsigned size = 0;
    status >> size;
    return size;
  };
  ASSERT_TRUE(raise_descriptor_limit().ok());
  make_room_for_descriptors(0);
  make_room_for_descriptors(1'000);
  EXPECT_GE(room(), 1'000U);
  const auto before = room();
  make_room_for_descriptors(500);
  EXPECT_EQ(room(), before);
  make_room_for_descriptors(1'000'000'000);
  EXPECT_LE(room(), 16'384U);
}

}  // namespace
}  // namespace shoal::cluster
