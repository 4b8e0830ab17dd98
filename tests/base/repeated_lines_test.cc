#include "base/repeated_lines.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;

constexpr monotonic_time start{1000s};
constexpr auto error = log_level::error;

class RepeatedLines : public ::testing::Test {
 protected:
  /// How many of `times` were written.
  unsigned say(unsigned times, std::string_view line, monotonic_time now = start) {
    unsigned written = 0;
    for (unsigned i = 0; i < times; ++i) written += lines_.admit(error, line, line, now);
    return written;
  }

  repeated_lines lines_{{.written = 3, .window = 10s, .kinds = 4}};
};

TEST_F(RepeatedLines, WritesTheFirstOnesAndCountsTheRest) {
  EXPECT_EQ(say(344, "full"), 3U);
  const auto sums = lines_.take_due(start + 10s);
  ASSERT_EQ(sums.size(), 1U);
  EXPECT_EQ(show(sums[0]), "full (repeated 341 times in 10 s)");
  EXPECT_EQ(sums[0].level, error);
}

TEST_F(RepeatedLines, HoldsNothingNewBack) {
  say(100, "full");
  EXPECT_EQ(say(1, "empty"), 1U);
  EXPECT_TRUE(lines_.admit(log_level::warning, "full", "full", start)) << "of another level";
}

TEST_F(RepeatedLines, BeginsAnewWhenTheWindowIsOver) {
  say(5, "full");
  EXPECT_TRUE(lines_.take_due(start + 10s - 1ns).empty());
  EXPECT_EQ(lines_.take_due(start + 10s).size(), 1U);
  EXPECT_EQ(say(5, "full", start + 10s), 3U);
}

TEST_F(RepeatedLines, ForgetsALineThatDidNotRepeatTooOften) {
  say(3, "full");
  EXPECT_EQ(say(3, "full", start + 10s), 3U);
  EXPECT_TRUE(lines_.take_all(start + 11s).empty());
}

TEST_F(RepeatedLines, GoOnBeingCountedUntilSomebodyTakesThem) {
  say(5, "full");
  say(5, "full", start + 12s);
  const auto sums = lines_.take_due(start + 12s);
  ASSERT_EQ(sums.size(), 1U);
  EXPECT_EQ(show(sums[0]), "full (repeated 7 times in 12 s)");
}

TEST_F(RepeatedLines, AreAllThereAtTheEnd) {
  say(4, "full");
  say(6, "empty", start + 1s);
  const auto sums = lines_.take_all(start + 1500ms);
  ASSERT_EQ(sums.size(), 2U);
  EXPECT_EQ(show(sums[0]), "full (repeated 1 time in 1 s)");
  EXPECT_EQ(show(sums[1]), "empty (repeated 3 times in 500 ms)");
  EXPECT_TRUE(lines_.take_all(start + 1500ms).empty());
}

TEST_F(RepeatedLines, OfAKindAreToldByTheLastOfThem) {
  for (unsigned i = 0; i < 9; ++i) {
    const auto line = "request " + std::to_string(i) + " failed";
    EXPECT_EQ(lines_.admit(error, line, "failed", start), i < 3);
  }
  EXPECT_EQ(lines_.take_all(start).at(0).last, "request 8 failed");
}

TEST_F(RepeatedLines, SayWhenTheirSumIsDue) {
  EXPECT_EQ(lines_.due(), never);
  say(3, "full");
  EXPECT_EQ(lines_.due(), never) << "nothing is held back";
  say(4, "empty", start + 1s);
  EXPECT_EQ(lines_.due(), start + 11s);
  say(1, "full", start + 2s);
  EXPECT_EQ(lines_.due(), start + 10s);
  EXPECT_EQ(lines_.take_due(start + 10s).size(), 1U);
  EXPECT_EQ(lines_.due(), start + 11s);
}

TEST_F(RepeatedLines, LoseNoCountToOthers) {
  say(10, "full");
  for (unsigned i = 0; i < 100; ++i) EXPECT_EQ(say(1, std::to_string(i)), 1U);
  EXPECT_EQ(say(1, "full"), 0U);
  EXPECT_EQ(lines_.take_all(start).at(0).times, 8U);
}

TEST_F(RepeatedLines, WithoutAPlaceAreWritten) {
  for (const auto* const each : {"a", "b", "c", "d"}) say(4, each);
  EXPECT_EQ(say(50, "e"), 50U);
  EXPECT_EQ(lines_.take_all(start).size(), 4U);
}

TEST_F(RepeatedLines, OfAnyLengthAreAlikeByTheirBegin) {
  const std::string begin(512, 'x');
  EXPECT_EQ(say(3, begin + "a"), 3U);
  EXPECT_EQ(say(1, begin + "b"), 0U);
  EXPECT_EQ(lines_.take_all(start).at(0).last, begin + "b");
}

TEST_F(RepeatedLines, AreForgottenByAProcessThatWasForked) {
  say(10, "full");
  lines_.clear();
  EXPECT_EQ(lines_.due(), never);
  EXPECT_EQ(say(1, "full"), 1U);
}

}  // namespace
}  // namespace shoal
