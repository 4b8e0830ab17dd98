#include "topology/cpu_list.h"

#include <gtest/gtest.h>

namespace shoal::topology {
namespace {

TEST(CpuList, ReadsNumbersRangesAndTheirMixture) {
  EXPECT_EQ(parse_cpu_list("0\n"), (cpu_list{0}));
  EXPECT_EQ(parse_cpu_list("0-3,8,10-11\n"), (cpu_list{0, 1, 2, 3, 8, 10, 11}));
  EXPECT_EQ(parse_cpu_list("3,0-1,1"), (cpu_list{0, 1, 3}));
  EXPECT_EQ(parse_cpu_list("\n"), cpu_list{});
}

TEST(CpuList, RefusesWhatIsNoList) {
  for (const char* text : {"a", "1-", "-1", "3-1", "1,,2", "1,", ",", "0-8192", "4294967296",
                           "0-4294967295", "1 2", "+1", "0x1", "1-2-3"})
    EXPECT_EQ(parse_cpu_list(text), std::nullopt) << text;
}

TEST(CpuList, WritesWhatItReads) {
  for (const char* text : {"0", "0-3,8", "1,3,5-7", "8191"})
    EXPECT_EQ(format_cpu_list(*parse_cpu_list(text)), text);
  EXPECT_EQ(format_cpu_list({}), "none");
}

TEST(CpuList, IntersectionHoldsWhatBothHold) {
  EXPECT_EQ(intersect({0, 1, 2, 5}, {1, 5, 9}), (cpu_list{1, 5}));
  EXPECT_TRUE(contains({1, 5}, 5));
  EXPECT_FALSE(contains({1, 5}, 4));
}

}  // namespace
}  // namespace shoal::topology
