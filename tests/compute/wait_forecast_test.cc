#include "compute/wait_forecast.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "compute/some_job.h"
#include "io/sim/world.h"

namespace shoal::compute {
namespace {

using std::chrono::milliseconds;

class WaitForecast : public testing::Test {
 protected:
  job& add(wait_forecast& forecast, work_class of, milliseconds takes) {
    auto& made = jobs_.emplace_back(std::make_unique<test::some_job>(loop_));
    made->of = of;
    made->predicted_us = static_cast<std::uint32_t>(takes.count() * 1000);
    made->foreseen = forecast.uncorrected(of);
    forecast.enters(*made);
    return *made;
  }

 private:
  io::sim::world world_{1};
  io::loop loop_{world_.io()};
  std::vector<std::unique_ptr<test::some_job>> jobs_;
};

TEST_F(WaitForecast, NobodyWaitsWhileAThreadIsFree) {
  wait_forecast two(2);
  EXPECT_EQ(two.predict(work_class::latency), milliseconds(0));
  two.begins(add(two, work_class::latency, milliseconds(500)));
  EXPECT_EQ(two.predict(work_class::latency), milliseconds(0));
}

TEST_F(WaitForecast, WhatIsAheadIsDividedAmongTheThreads) {
  wait_forecast two(2);
  two.begins(add(two, work_class::latency, milliseconds(20)));
  two.begins(add(two, work_class::latency, milliseconds(20)));
  EXPECT_EQ(two.predict(work_class::latency), milliseconds(10));  // half over, both
  job& last = add(two, work_class::latency, milliseconds(30));
  EXPECT_EQ(two.predict(work_class::latency), milliseconds(25));
  two.leaves(last);
  two.ends(20'000);
  EXPECT_EQ(two.predict(work_class::latency), milliseconds(0));
}

TEST_F(WaitForecast, TheOtherClassCountsByItsWeight) {
  wait_forecast one(1);
  for (int i = 0; i < 8; ++i) add(one, work_class::latency, milliseconds(10));
  for (int i = 0; i < 8; ++i) add(one, work_class::bulk, milliseconds(10));
  EXPECT_EQ(one.predict(work_class::latency), milliseconds(90));
  EXPECT_EQ(one.predict(work_class::bulk), milliseconds(160));
}

TEST_F(WaitForecast, WhatJobsHaveWaitedCorrectsIt) {
  wait_forecast one(1);
  add(one, work_class::latency, milliseconds(100));
  for (int i = 0; i < 200; ++i) {
    job& next = add(one, work_class::latency, milliseconds(10));
    next.waited = next.foreseen * 2;  // loops have half of the core
    one.learn(next);
    one.begins(next);
    one.ends(next.predicted_us);
  }
  EXPECT_NEAR(one.correction(work_class::latency), 2.0, 0.01);
  EXPECT_EQ(one.correction(work_class::bulk), 1.0);
  EXPECT_NEAR(static_cast<double>(one.predict(work_class::latency).count()) / 1e6, 200, 2);
}

TEST_F(WaitForecast, CorrectionsHaveLimitsAndShortWaitsTeachNothing) {
  wait_forecast one(1);
  add(one, work_class::latency, milliseconds(100));
  const auto teach = [&](nanoseconds foreseen, nanoseconds waited) {
    for (int i = 0; i < 200; ++i) {
      job& next = add(one, work_class::latency, milliseconds(0));
      next.foreseen = foreseen;
      next.waited = waited;
      one.learn(next);
      one.begins(next);
      one.ends(next.predicted_us);
    }
    return one.correction(work_class::latency);
  };
  EXPECT_EQ(teach(wait_forecast::least_lesson / 2, milliseconds(50)), 1.0);
  EXPECT_EQ(teach(milliseconds(5), milliseconds(5'000)), wait_forecast::most_correction);
  EXPECT_EQ(teach(milliseconds(5), milliseconds(0)), wait_forecast::least_correction);
}

}  // namespace
}  // namespace shoal::compute
