#include "http/timetable.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "io/sim/world.h"
#include "shoal/http/routes.h"
#include "shoal/io/sleep.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;

class Timetable : public testing::Test {
 protected:
  /// Lets `time` pass for a worker that follows `what`.
  void pass(nanoseconds time) {
    const auto until = loop_.now() + time;
    while (loop_.now() < until) loop_.run_turn(until);
  }
  [[nodiscard]] long milliseconds_now() const {
    return (loop_.now() - began_) / std::chrono::milliseconds(1);
  }

  io::sim::world world_{1};
  io::loop loop_{world_.io()};
  const monotonic_time began_ = loop_.now();
  worker first_{worker_facts{.id = 0}};
  worker second_{worker_facts{.id = 1}};
};

TEST_F(Timetable, RunsAnIntervalAfterItsBeginAndAgain) {
  std::vector<long> when;
  const std::vector<recurring> what = {
      {100ms, false, as_task([&](worker&) { when.push_back(milliseconds_now()); })}};
  timetable all(what, first_, loop_);
  pass(350ms);
  ASSERT_EQ(when.size(), 3U);
  EXPECT_GE(when[0], 100);
  EXPECT_GE(when[2], 300);
}

TEST_F(Timetable, WhatIsForOneRunsOnTheFirstWorkerAlone) {
  std::vector<unsigned> ran;
  const std::vector<recurring> what = {
      {10ms, true, as_task([&](worker& self) { ran.push_back(self.id()); })}};
  timetable of_first(what, first_, loop_);
  timetable of_second(what, second_, loop_);
  pass(15ms);
  EXPECT_EQ(ran, std::vector<unsigned>{0});
}

TEST_F(Timetable, ARunThatWaitsIsNotOvertaken) {
  int running = 0;
  int most = 0;
  int ended = 0;
  const std::vector<recurring> what = {{10ms, false, as_task([&](worker&) -> task<> {
                                          most = std::max(most, ++running);
                                          co_await sleep(100ms);
                                          --running;
                                          ++ended;
                                        })}};
  timetable all(what, first_, loop_);
  pass(500ms);
  EXPECT_EQ(most, 1);
  EXPECT_GE(ended, 3);
  EXPECT_LE(ended, 4) << "an interval lies between the end of one and the next";
}

TEST_F(Timetable, WhatOneThrowsDoesNotEndTheNext) {
  int ran = 0;
  const std::vector<recurring> what = {{10ms, false, as_task([&](worker&) {
                                          if (++ran % 2 == 1) throw std::runtime_error("odd");
                                        })},
                                       {10ms, false, as_task([&](worker&) -> task<> {
                                          co_await sleep(1ms);
                                          ++ran;
                                          throw 7;
                                        })}};
  timetable all(what, first_, loop_);
  pass(100ms);
  EXPECT_GE(ran, 12);
}

TEST_F(Timetable, AfterAStopNothingBeginsAndWhatHasBegunGoesOn) {
  int begun = 0;
  int ended = 0;
  const std::vector<recurring> what = {{10ms, false, as_task([&](worker&) -> task<> {
                                          ++begun;
                                          co_await sleep(50ms);
                                          ++ended;
                                        })}};
  timetable all(what, first_, loop_);
  pass(20ms);
  all.stop();
  pass(200ms);
  EXPECT_EQ(begun, 1);
  EXPECT_EQ(ended, 1);
}

TEST_F(Timetable, WhatStillWaitsAtTheEndIsDestroyed) {
  const auto held = std::make_shared<int>(1);
  const std::vector<recurring> what = {{10ms, false, as_task([held](worker&) -> task<> {
                                          const auto mine = held;
                                          co_await sleep(1h);
                                        })}};
  std::optional<timetable> all;
  all.emplace(what, first_, loop_);
  pass(20ms);
  EXPECT_EQ(held.use_count(), 3) << "the table's, the run's and ours";
  all.reset();
  EXPECT_EQ(held.use_count(), 2);
}

TEST_F(Timetable, WhatIsForIdlenessRunsOnceInEachPause) {
  std::vector<long> when;
  const std::vector<recurring> what = {
      {100ms, false, as_task([&](worker&) { when.push_back(milliseconds_now()); }), true}};
  timetable all(what, first_, loop_);
  std::uint64_t answered = 0;
  for (int i = 0; i < 10; ++i) {  // asked every 50 ms for half a second
    pass(50ms);
    all.turn_ended(++answered);
  }
  EXPECT_TRUE(when.empty());
  pass(1s);
  ASSERT_EQ(when.size(), 1U) << "nobody has asked since";
  EXPECT_GE(when[0], 600);
  for (int i = 0; i < 5; ++i) all.turn_ended(answered);
  pass(1s);
  EXPECT_EQ(when.size(), 1U) << "a turn without an answer is no end of the pause";
  all.turn_ended(++answered);
  pass(1s);
  EXPECT_EQ(when.size(), 2U);
}

TEST_F(Timetable, AnIdleRunDuringWhichSomebodyAsksIsFollowedByAnother) {
  int ran = 0;
  const std::vector<recurring> what = {{100ms, false, as_task([&](worker&) -> task<> {
                                          ++ran;
                                          co_await sleep(300ms);
                                        }),
                                        true}};
  timetable all(what, first_, loop_);
  pass(200ms);
  EXPECT_EQ(ran, 1);
  all.turn_ended(1);
  pass(150ms);
  EXPECT_EQ(ran, 1) << "one at a time";
  pass(1s);
  EXPECT_EQ(ran, 2);
}

}  // namespace
}  // namespace shoal::http
