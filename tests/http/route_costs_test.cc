#include "http/route_costs.h"

#include <gtest/gtest.h>

#include <vector>

#include "support/hand_pool.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;
using place = route_costs::place;

class RouteCosts : public testing::Test {
 protected:
  static handler_run computed(nanoseconds time) { return {.wall = time, .cpu = time}; }
  static handler_run slept(nanoseconds time) { return {.wall = time, .cpu = 5us, .waited = true}; }
  /// Ready to run, while others had the core.
  static handler_run starved(nanoseconds time) { return {.wall = time, .cpu = 5us}; }

  test::hand_pool pool;
  test::hand_pool sleepers;
  const std::vector<route_options> plans{{}, {run::inlined}, {run::offload}};
  route_costs costs{plans, {&pool, &sleepers}, 1ms};
  monotonic_time now{1h};
};

TEST_F(RouteCosts, RoutesThatSayNothingBeginAtHome) {
  EXPECT_EQ(costs.of(0), place::here);
  EXPECT_EQ(costs.of(1), place::here);
  EXPECT_EQ(costs.of(2), place::compute);
}

TEST_F(RouteCosts, WhoComputesGoesToThePoolAndWhoSleepsToTheOther) {
  costs.ran_here(0, computed(2ms), false);
  EXPECT_EQ(costs.of(0), place::compute);
  EXPECT_EQ(costs.predicted_us(0), 2000U);
  route_costs others{plans, {&pool, &sleepers}, 1ms};
  others.ran_here(0, slept(20ms), false);
  EXPECT_EQ(others.of(0), place::blocking);
}

TEST_F(RouteCosts, TheLightRestOfARequestAtHomeBringsNoneBack) {
  costs.ran_here(0, computed(20ms), false);
  costs.ran_here(0, computed(10us), false);
  EXPECT_EQ(costs.of(0), place::compute);
}

TEST_F(RouteCosts, WhoseCoreOthersHadStaysWhereItIs) {
  costs.ran_here(0, starved(30ms), false);
  EXPECT_EQ(costs.of(0), place::here);
}

TEST_F(RouteCosts, WhatIsSaidIsNotOverruled) {
  costs.ran_here(1, computed(50ms), false);
  EXPECT_EQ(costs.of(1), place::own_turn);
  for (int i = 0; i < 100; ++i) costs.ran_away(2, computed(1us), now += 100ms);
  EXPECT_EQ(costs.of(2), place::compute);
}

TEST_F(RouteCosts, WhoReachesItsWorkersStateStaysForGood) {
  costs.ran_here(0, computed(2ms), true);
  EXPECT_EQ(costs.of(0), place::own_turn);
  costs.ran_here(0, computed(2ms), false);
  EXPECT_EQ(costs.of(0), place::own_turn);
}

TEST_F(RouteCosts, ALightOneComesBackAfterAWhileAndNotAtOnce) {
  costs.ran_here(0, computed(2ms), false);
  for (int i = 0; i < 20; ++i) costs.ran_away(0, computed(100us), now += 10ms);
  EXPECT_EQ(costs.of(0), place::compute);
  costs.ran_away(0, computed(600us), now);  // half of the limit
  for (int i = 0; i < 26; ++i) costs.ran_away(0, computed(100us), now += 10ms);
  EXPECT_EQ(costs.of(0), place::here);
}

TEST_F(RouteCosts, OneThatBeginsToComputeLeavesTheSleepers) {
  costs.ran_here(0, slept(5ms), false);
  costs.ran_away(0, slept(5ms), now);
  EXPECT_EQ(costs.of(0), place::blocking);
  costs.ran_away(0, computed(5ms), now);
  EXPECT_EQ(costs.of(0), place::compute);
  costs.ran_away(0, slept(5ms), now);
  EXPECT_EQ(costs.of(0), place::blocking);
}

TEST_F(RouteCosts, ALightRunAmongSleepersDoesNotSendItToThePool) {
  costs.ran_here(0, slept(5ms), false);
  costs.ran_away(0, computed(4us), now);
  EXPECT_EQ(costs.of(0), place::blocking);
}

TEST_F(RouteCosts, NothingMovesWhereItMayNot) {
  route_costs never_moved{plans, {&pool, &sleepers}, 0ms};
  never_moved.ran_here(0, computed(20ms), false);
  EXPECT_EQ(never_moved.of(0), place::own_turn);
  route_costs alone{plans, {}, 1ms};
  alone.ran_here(0, computed(20ms), false);
  EXPECT_EQ(alone.of(0), place::own_turn);
  EXPECT_EQ(alone.of(2), place::here);
}

}  // namespace
}  // namespace shoal::http
