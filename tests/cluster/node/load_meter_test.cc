#include "cluster/node/load_meter.h"

#include <gtest/gtest.h>

namespace shoal::cluster {
namespace {

using namespace std::chrono_literals;

constexpr monotonic_time start{1000s};
constexpr std::uint64_t microsecond = 1'000;
constexpr std::uint64_t millisecond = 1'000'000;

TEST(LoadMeter, PredictsNothingForNothing) {
  load_meter meter(start);
  EXPECT_EQ(meter.predict_us(0), 0U);
  EXPECT_EQ(meter.predict_us(5), 1U) << "what a request takes is not known yet";
  meter.add_turn(millisecond, 1);
  EXPECT_EQ(meter.predict_us(0), 0U);
}

TEST(LoadMeter, PredictsFromTheTimeThatARequestTook) {
  load_meter meter(start);
  std::uint64_t requests = 0;
  for (int turn = 0; turn < 200; ++turn) meter.add_turn(300 * microsecond, requests += 3);
  EXPECT_NEAR(static_cast<double>(meter.predict_us(1)), 100, 2);
  EXPECT_NEAR(static_cast<double>(meter.predict_us(10)), 1000, 2);
}

TEST(LoadMeter, CountsTurnsWithoutAnAnswerTowardsTheNextOne) {
  load_meter meter(start);
  for (std::uint64_t request = 1; request <= 200; ++request) {
    for (int part = 0; part < 9; ++part) meter.add_turn(10 * microsecond, request - 1);
    meter.add_turn(10 * microsecond, request);
  }
  EXPECT_NEAR(static_cast<double>(meter.predict_us(1)), 100, 2);
}

TEST(LoadMeter, ForgetsARareHeavyRequestWithinSomeDozens) {
  load_meter meter(start);
  std::uint64_t requests = 0;
  const auto serve = [&](int times, std::uint64_t each) {
    for (int i = 0; i < times; ++i) meter.add_turn(each, ++requests);
  };
  serve(100, 10 * microsecond);
  serve(1, 20 * millisecond);
  EXPECT_GT(meter.predict_us(1), 300U);
  serve(150, 10 * microsecond);
  EXPECT_LT(meter.predict_us(1), 30U);
}

TEST(LoadMeter, AgreesWithTheMeanOfAMixture) {
  load_meter meter(start);
  std::uint64_t requests = 0;
  double sum = 0;
  for (int i = 0; i < 20'000; ++i) {
    meter.add_turn(i % 20 == 0 ? 20 * millisecond : 10 * microsecond, ++requests);
    if (i >= 1000) sum += static_cast<double>(meter.predict_us(1));
  }
  EXPECT_NEAR(sum / 19'000, 1010, 50);
}

TEST(LoadMeter, ClosesNoWindowBeforeASecondHasPassed) {
  load_meter meter(start);
  EXPECT_FALSE(meter.window_is_over(start + 999ms));
  EXPECT_TRUE(meter.window_is_over(start + 1s));
  (void)meter.close_window(start + 5s, 0);
  EXPECT_FALSE(meter.window_is_over(start + 5999ms));
}

// An event that comes at a random moment: in half of the time it meets a turn of 10 ms and waits
// for 5 ms on average.
TEST(LoadMeter, LagIsWhatARandomMomentWaits) {
  load_meter meter(start);
  for (int turn = 0; turn < 50; ++turn) meter.add_turn(10 * millisecond, 0);
  const auto window = meter.close_window(start + 1s, 0);
  EXPECT_NEAR(static_cast<double>(window.busy_ppm), 500'000, 1);
  EXPECT_NEAR(static_cast<double>(window.lag_mean_ns), 2.5e6, 1);
  EXPECT_EQ(window.lag_max_ns, 10 * millisecond);
}

TEST(LoadMeter, ManyShortTurnsLagLessThanOneLong) {
  load_meter meter(start);
  for (int turn = 0; turn < 500; ++turn) meter.add_turn(millisecond, 0);
  const auto many = meter.close_window(start + 1s, 0);
  meter.add_turn(500 * millisecond, 0);
  const auto one = meter.close_window(start + 2s, 0);
  EXPECT_EQ(many.busy_ppm, one.busy_ppm);
  EXPECT_NEAR(static_cast<double>(one.lag_mean_ns), 125e6, 1);
  EXPECT_NEAR(static_cast<double>(many.lag_mean_ns), 0.25e6, 1);
}

TEST(LoadMeter, IsBusyInsideTurnsOrOnItsCoreWhicheverIsMore) {
  load_meter meter(start);
  meter.add_turn(100 * millisecond, 0);
  EXPECT_EQ(meter.close_window(start + 1s, 400 * millisecond).busy_ppm, 400'000U)
      << "the kernel works inside the driver's wait";
  meter.add_turn(300 * millisecond, 0);
  EXPECT_EQ(meter.close_window(start + 2s, millisecond).busy_ppm, 300'000U) << "a handler sleeps";
}

TEST(LoadMeter, PredictsWhatTheKernelDoesOutsideOfTurnsToo) {
  load_meter meter(start);
  for (std::uint64_t request = 1; request <= 1000; ++request) {
    meter.add_turn(100 * microsecond, request);
  }
  (void)meter.close_window(start + 1s, 300 * millisecond);  // 200 ms more than the turns
  EXPECT_NEAR(static_cast<double>(meter.predict_us(10)), 3000, 5);
  (void)meter.close_window(start + 2s, 0);
  EXPECT_NEAR(static_cast<double>(meter.predict_us(10)), 3000, 5) << "a window without answers";
}

TEST(LoadMeter, StaysInRangeWhereTimesAreOdd) {
  load_meter meter(start);
  meter.add_turn(3600'000 * millisecond, 1);  // an hour
  const auto window = meter.close_window(start, 0);
  EXPECT_LE(window.busy_ppm, 1'000'000U);
  meter.add_turn(0, 1);
  EXPECT_EQ(meter.close_window(start + 1s, 0).lag_max_ns, 0U);
  EXPECT_EQ(meter.predict_us(1), 3'600'000'001U);
}

}  // namespace
}  // namespace shoal::cluster
