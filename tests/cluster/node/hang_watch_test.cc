#include "cluster/node/hang_watch.h"

#include <gtest/gtest.h>

#include <vector>

namespace shoal::cluster {
namespace {

using namespace std::chrono_literals;
using verdict = hang_watch::verdict;

constexpr monotonic_time start{1000s};

/// Looks ten times a second while one turn of ours grows older; what came of it in the end.
class HangWatch : public testing::Test {
 protected:
  verdict look(nanoseconds ours, std::vector<nanoseconds> others = {}) {
    others.push_back(ours);
    now_ += 100ms;
    return watch_.look(now_, others, ours);
  }
  /// Until `ours` is the age of the turn.
  verdict grow(nanoseconds ours, const std::vector<nanoseconds>& others = {}) {
    verdict last = verdict::none;
    for (nanoseconds age = 0ms; age <= ours; age += 100ms) last = look(age, others);
    return last;
  }

  monotonic_time now_ = start;
  hang_watch watch_{30s};
};

TEST_F(HangWatch, EndsAProcessWithOneTurnThatIsTooOld) {
  EXPECT_EQ(grow(29s), verdict::none);
  EXPECT_EQ(look(29900ms), verdict::none);
  EXPECT_EQ(look(30s), verdict::hangs);
}

TEST_F(HangWatch, EndsNobodyWhereSeveralHangAndTellsItOnce) {
  EXPECT_EQ(grow(29900ms, {16s}), verdict::none);
  EXPECT_EQ(look(30s, {16s}), verdict::sick);
  EXPECT_EQ(look(30100ms, {16s}), verdict::none);
}

TEST_F(HangWatch, DoesNotTakeAYoungTurnOfAnotherForAHang) {
  EXPECT_EQ(grow(30s, {14s, 0s}), verdict::hangs);
}

TEST_F(HangWatch, JudgesNobodyRightAfterItWasStoppedItself) {
  EXPECT_EQ(grow(5s), verdict::none);
  now_ += 60s;
  EXPECT_EQ(look(65s), verdict::none) << "the whole process may have been stopped";
  EXPECT_EQ(look(65100ms), verdict::none);
  now_ += 1900ms;
  EXPECT_EQ(look(67s), verdict::hangs) << "it goes on, and the turn does too";
}

TEST_F(HangWatch, CanBeSwitchedOff) {
  watch_ = hang_watch(0s);
  EXPECT_EQ(grow(300s), verdict::none);
}

}  // namespace
}  // namespace shoal::cluster
