#include "observe/drop_report.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace shoal::observe {
namespace {

using namespace std::chrono_literals;

constexpr monotonic_time start{1h};

TEST(DropReport, SaysNothingWhileNothingIsLost) {
  drop_report report;
  EXPECT_EQ(report.look(0, 0, start), std::nullopt);
  EXPECT_EQ(report.due(), never);
}

TEST(DropReport, SaysTheFirstLossAtOnceWithItsReason) {
  drop_report report;
  EXPECT_EQ(report.look(3, ENOSPC, start), "access log: 3 lines lost: No space left on device");
  EXPECT_EQ(report.due(), never);
}

TEST(DropReport, ThenOnceAMinuteAndOnlyWhatIsNew) {
  drop_report report;
  EXPECT_NE(report.look(1, EIO, start), std::nullopt);
  EXPECT_EQ(report.look(5, EIO, start + 59s), std::nullopt);
  EXPECT_EQ(report.due(), start + 1min);
  EXPECT_EQ(report.look(6, 0, start + 1min),
            "access log: 5 lines lost, which came faster than they could be written");
  EXPECT_EQ(report.due(), never);
  EXPECT_EQ(report.look(6, 0, start + 1h), std::nullopt);
  EXPECT_EQ(report.look(7, EAGAIN, start + 1h),
            "access log: 1 line lost, since nobody reads what is written");
}

}  // namespace
}  // namespace shoal::observe
