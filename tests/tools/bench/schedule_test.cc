#include "bench/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <map>

namespace shoal::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Contenders that do so many requests a second, on a machine that drifts, is robbed and whose
/// servers die when the test says so. Its clock stands still but for measurements.
class fake_machine {
 public:
  std::map<std::string, double> capacity{{"uring", 1200}, {"epoll", 1000}};
  double seconds_each = 1;
  double drift_each = 0;                      ///< of what all can do, with each measurement
  std::function<void(measurement&)> disturb;  ///< what happens to the measurement
  unsigned fails_at = 0;                      ///< the how-manieth measurement; 0: none
  unsigned failures = 1;
  unsigned interrupted_after = 1000;

  std::vector<std::string> asked;
  std::vector<load_shape> loads;

  [[nodiscard]] world around() {
    return {
        .measure = [this](const std::string& who, const point& p) { return measure(who, p.load); },
        .now = [this] { return now_; },
        .interrupted = [this] { return asked.size() >= interrupted_after; },
        .tell = [](const progress&) {}};
  }

 private:
  result<measurement> measure(const std::string& who, const load_shape& load) {
    asked.push_back(who);
    loads.push_back(load);
    now_ += seconds_each;
    if (asked.size() >= fails_at && asked.size() < fails_at + failures) {
      return error{0, who + ": it has ended under the load"};
    }
    speed_ *= 1 + drift_each;
    measurement m;
    m.seconds = 1;
    const double can = capacity.at(who) * speed_;
    m.answers = static_cast<std::uint64_t>(load.rate > 0 ? std::min(load.rate, can) : can);
    if (disturb) disturb(m);
    return m;
  }

  double now_ = 100;
  double speed_ = 1;
};

point closed_loop(const std::string& a = "uring", const std::string& b = "epoll") {
  return {.why = purpose::throughput, .a = a, .b = b, .load = {}};
}

point open_loop(double share) {
  auto p = closed_loop();
  p.why = purpose::latency;
  p.load.share = share;
  return p;
}

plan of(std::vector<point> points, unsigned pairs = 2, double budget = 1000) {
  return {.name = "test", .points = std::move(points), .pairs = pairs, .budget = budget};
}

TEST(BenchSchedule, AlternatesWhoIsFirst) {
  fake_machine machine;
  results all;
  EXPECT_EQ(run(of({closed_loop()}), machine.around(), all), outcome::done);
  EXPECT_THAT(machine.asked, ElementsAre("uring", "epoll", "epoll", "uring"));
  ASSERT_EQ(all.points.size(), 1U);
  ASSERT_EQ(all.points[0].pairs.size(), 2U);
  for (const auto& pair : all.points[0].pairs) {
    EXPECT_EQ(pair.a.answers, 1200U);
    EXPECT_EQ(pair.b.answers, 1000U);
  }
  EXPECT_TRUE(all.complete);
  EXPECT_EQ(all.seconds, 4);
}

TEST(BenchSchedule, MeasuresOnePairOfEachPointBeforeTheNext) {
  fake_machine machine;
  results all;
  auto many = closed_loop();
  many.load.connections = 512;
  static_cast<void>(run(of({closed_loop(), many}), machine.around(), all));
  std::vector<unsigned> connections;
  for (const auto& load : machine.loads) connections.push_back(load.connections);
  EXPECT_THAT(connections, ElementsAre(64, 64, 512, 512, 64, 64, 512, 512));
}

TEST(BenchSchedule, OffersASharesOfWhatTheSlowerOneCanDo) {
  fake_machine machine;
  results all;
  static_cast<void>(run(of({open_loop(0.5), closed_loop()}), machine.around(), all));
  EXPECT_EQ(all.points[0].load.rate, 500);
  ASSERT_EQ(machine.loads.size(), 8U);
  EXPECT_EQ(machine.loads[0].rate, 0) << "closed loops come first";
  EXPECT_EQ(machine.loads[4].rate, 500);
}

TEST(BenchSchedule, SaysWhenAShareHasNothingToBeAShareOf) {
  fake_machine machine;
  results all;
  auto other = closed_loop();
  other.load.pipeline = 16;
  EXPECT_EQ(run(of({open_loop(0.5), other}), machine.around(), all), outcome::ended_early);
  EXPECT_THAT(all.ended_by, HasSubstr("what uring and epoll can do"));
}

TEST(BenchSchedule, EndsInTimeWithAllPointsAlike) {
  fake_machine machine;
  results all;
  const auto one = closed_loop();
  EXPECT_EQ(run(of({one, one, one, open_loop(0.5)}, 50, 40), machine.around(), all), outcome::done);
  EXPECT_LE(all.seconds, 40);
  for (const auto& p : all.points) EXPECT_NEAR(static_cast<double>(p.pairs.size()), 5, 1);
  EXPECT_TRUE(all.complete);
}

TEST(BenchSchedule, DoesNotEndEarlySinceTheMachineStoodStillOnce) {
  fake_machine machine;
  machine.disturb = [&](measurement&) {
    machine.seconds_each = machine.asked.size() == 3 ? 20 : 1;
  };
  results all;
  static_cast<void>(run(of({closed_loop(), open_loop(0.5)}, 50, 80), machine.around(), all));
  EXPECT_LE(all.seconds, 80);
  for (const auto& p : all.points) EXPECT_GE(p.pairs.size(), 10U);
}

TEST(BenchSchedule, HasAPairOfEachPointHoweverLittleTimeThereIs) {
  fake_machine machine;
  results all;
  static_cast<void>(run(of({closed_loop(), open_loop(0.5)}, 5, 1), machine.around(), all));
  for (const auto& p : all.points) EXPECT_EQ(p.pairs.size(), 1U);
}

TEST(BenchSchedule, RatiosOfPairsStandStillWhereTheMachineDrifts) {
  fake_machine machine;
  machine.drift_each = -0.01;
  results all;
  static_cast<void>(run(of({closed_loop()}, 10), machine.around(), all));
  double product = 1;
  for (const auto& pair : all.points[0].pairs) {
    product *= static_cast<double>(pair.a.answers) / static_cast<double>(pair.b.answers);
  }
  EXPECT_NEAR(std::pow(product, 0.1), 1.2, 0.005);
}

TEST(BenchSchedule, RepeatsAPairThatWasRobbed) {
  fake_machine machine;
  machine.disturb = [&](measurement& m) { m.steal_share = machine.asked.size() <= 2 ? 0.05 : 0; };
  results all;
  static_cast<void>(run(of({closed_loop()}), machine.around(), all));
  EXPECT_EQ(all.points[0].repeated, 1U);
  ASSERT_EQ(all.points[0].pairs.size(), 2U);
  for (const auto& pair : all.points[0].pairs) EXPECT_EQ(pair.a.steal_share, 0);
}

TEST(BenchSchedule, KeepsARobbedPairWhereItIsNeverCalm) {
  fake_machine machine;
  machine.disturb = [](measurement& m) { m.steal_share = 0.05; };
  results all;
  static_cast<void>(run(of({closed_loop()}, 1), machine.around(), all));
  EXPECT_EQ(all.points[0].repeated, most_repeats);
  ASSERT_EQ(all.points[0].pairs.size(), 1U);
  EXPECT_EQ(all.points[0].pairs[0].b.steal_share, 0.05) << "it bears its mark";
}

TEST(BenchSchedule, GivesUpRepeatsWhereTheGeneratorIsTheLimitAgain) {
  fake_machine machine;
  machine.disturb = [](measurement& m) { m.generator_limited = true; };
  results all;
  static_cast<void>(run(of({closed_loop()}, 4), machine.around(), all));
  EXPECT_EQ(all.points[0].repeated, 1U);
  EXPECT_EQ(all.points[0].pairs.size(), 4U);
  EXPECT_TRUE(all.points[0].pairs[3].a.generator_limited);
}

TEST(BenchSchedule, TriesAFailureTwiceMore) {
  fake_machine machine;
  machine.fails_at = 2;
  machine.failures = 2;
  results all;
  EXPECT_EQ(run(of({closed_loop()}), machine.around(), all), outcome::done);
  EXPECT_EQ(all.points[0].pairs.size(), 2U);
}

TEST(BenchSchedule, KeepsWhatThereIsWhenAServerDies) {
  fake_machine machine;
  machine.fails_at = 3;
  machine.failures = 3;
  results all;
  EXPECT_EQ(run(of({closed_loop()}, 5), machine.around(), all), outcome::ended_early);
  EXPECT_EQ(all.points[0].pairs.size(), 1U);
  EXPECT_FALSE(all.complete);
  EXPECT_EQ(all.ended_by, "epoll: it has ended under the load");
}

TEST(BenchSchedule, SaysThatNothingWasMeasured) {
  fake_machine machine;
  machine.fails_at = 1;
  machine.failures = 3;
  results all;
  EXPECT_EQ(run(of({closed_loop()}), machine.around(), all), outcome::nothing);
}

TEST(BenchSchedule, KeepsWholePairsWhenItIsInterrupted) {
  fake_machine machine;
  machine.interrupted_after = 3;
  results all;
  EXPECT_EQ(run(of({closed_loop()}, 5), machine.around(), all), outcome::interrupted);
  EXPECT_EQ(all.points[0].pairs.size(), 1U);
  EXPECT_FALSE(all.complete);
  EXPECT_EQ(all.ended_by, "interrupted");
}

}  // namespace
}  // namespace shoal::bench
