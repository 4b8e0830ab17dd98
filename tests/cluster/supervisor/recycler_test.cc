#include "cluster/supervisor/recycler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace shoal::cluster {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

TEST(Recycler, WithoutLimitsNobodyIsRecycled) {
  EXPECT_FALSE(recycling_limits{}.any());
  EXPECT_EQ(
      why_recycled({}, {.pid = 7, .age = 10000h, .requests = 1U << 31, .resident_bytes = ~0U}), "");
}

TEST(Recycler, RequestsAndAgeCountWithATenthMoreOrLess) {
  for (pid_t pid = 1; pid < 2000; ++pid) {
    ASSERT_EQ(why_recycled({.requests = 1000}, {.pid = pid, .requests = 899}), "") << pid;
    ASSERT_NE(why_recycled({.requests = 1000}, {.pid = pid, .requests = 1101}), "") << pid;
    ASSERT_EQ(why_recycled({.age = 100s}, {.pid = pid, .age = 89s}), "") << pid;
    ASSERT_NE(why_recycled({.age = 100s}, {.pid = pid, .age = 111s}), "") << pid;
  }
}

TEST(Recycler, ThoseWhoBeganTogetherDoNotGoTogether) {
  std::set<std::uint64_t> moments;
  for (pid_t pid = 4000; pid < 4008; ++pid) {
    std::uint64_t at = 90'000;
    while (why_recycled({.requests = 100'000}, {.pid = pid, .requests = at}).empty()) at += 100;
    moments.insert(at);
  }
  EXPECT_GT(moments.size(), 6U);
}

TEST(Recycler, TheSameProcessIsDueOnceAndForAll) {
  bool due = false;
  for (std::uint64_t n = 0; n < 2000; ++n) {
    const bool now = !why_recycled({.requests = 1000}, {.pid = 42, .requests = n}).empty();
    ASSERT_TRUE(now || !due) << n;
    due = now;
  }
}

TEST(Recycler, HugeNumbersAreNumbers) {
  const auto most = ~std::uint64_t{0};
  EXPECT_EQ(why_recycled({.requests = most}, {.pid = 3, .requests = most / 2}), "");
  EXPECT_NE(why_recycled({.requests = 5}, {.pid = 3, .requests = most / 1000}), "");
}

TEST(Recycler, MemoryCountsOnceTheProcessIsAMinuteOld) {
  const recycling_limits limits{.resident_bytes = 100U << 20};
  EXPECT_EQ(why_recycled(limits, {.pid = 1, .age = 59s, .resident_bytes = 200U << 20}), "");
  EXPECT_EQ(why_recycled(limits, {.pid = 1, .age = 61s, .resident_bytes = 99U << 20}), "");
  EXPECT_THAT(why_recycled(limits, {.pid = 1, .age = 61s, .resident_bytes = 101U << 20}),
              HasSubstr("holds 101 MiB"));
}

}  // namespace
}  // namespace shoal::cluster
