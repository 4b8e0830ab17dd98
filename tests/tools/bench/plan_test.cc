#include "bench/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "bench/contender_spec.h"

namespace shoal::bench {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<plan> built_in() {
  return {quick_plan({"nginx"}), standard_plan({"nginx"}, true), full_plan({"nginx"})};
}

TEST(BenchPlan, EachContenderOfABuiltInPlanIsOne) {
  for (const auto& p : built_in()) {
    for (const auto& name : contenders_of(p)) {
      EXPECT_TRUE(parse_contender(name).ok()) << p.name << ": " << name;
    }
    EXPECT_THAT(contenders_of(p), Contains("nginx"));
  }
}

TEST(BenchPlan, KnowsWhichContendersAKernelMayRefuse) {
  plan p;
  for (const char* name : {"epoll", "nginx", "uring with registered-files", "dispatch ebpf",
                           "uring without registered-ring with sqpoll"}) {
    p.points.push_back({.a = "uring without registered-ring", .b = name});
  }
  EXPECT_THAT(kernel_dependent(p), ElementsAre("uring with registered-files", "dispatch ebpf",
                                               "uring without registered-ring with sqpoll"));
  EXPECT_THAT(kernel_dependent(full_plan({})), Contains("uring with registered-files"));
}

TEST(BenchPlan, PollsWhereACoreIsLeftForIt) {
  EXPECT_THAT(contenders_of(standard_plan({}, false)), Not(Contains("uring with sqpoll")));
  EXPECT_THAT(contenders_of(standard_plan({}, true)), Contains("uring with sqpoll"));
  EXPECT_THAT(contenders_of(full_plan({})), Contains("uring with sqpoll"));
}

TEST(BenchPlan, EachShareHasAClosedLoopToBeAShareOf) {
  for (const auto& p : built_in()) {
    for (const point& open : p.points) {
      if (open.load.share == 0) continue;
      EXPECT_TRUE(std::any_of(p.points.begin(), p.points.end(),
                              [&](const point& each) { return measures_capacity_for(each, open); }))
          << p.name << ": " << open.load.connections << " connections, " << open.load.share;
    }
  }
}

/// A start, a warm-up, a window and an end, for both of a pair.
TEST(BenchPlan, ABuiltInPlanHasTimeForSixPairsOfEachPoint) {
  for (const auto& p : {quick_plan({}), standard_plan({}, true), full_plan({})}) {
    const double pair = 2 * (p.window + p.warm_up + 0.1);
    EXPECT_GE(p.budget / (pair * static_cast<double>(p.points.size())), 6) << p.name;
  }
  EXPECT_LE(quick_plan({}).budget, 90);
}

TEST(BenchPlan, ClustersAreComparedByHowConnectionsFindTheirWorker) {
  const auto points = points_of({.contenders = {"dispatch ebpf", "dispatch shared"},
                                 .requests_each = {10},
                                 .work_us = {0, 500},
                                 .work_percent = 5,
                                 .shares = {70},
                                 .noise = false});
  ASSERT_TRUE(points.ok()) << points.error().message;
  ASSERT_EQ(points.value().size(), 4U);
  for (const point& p : points.value()) EXPECT_EQ(p.why, purpose::dispatch);
  EXPECT_EQ(points.value()[0].load.work_percent, 100U);
  EXPECT_EQ(points.value()[3].load.work_percent, 5U);
  const auto any = [](const plan& p) {
    return std::any_of(p.points.begin(), p.points.end(),
                       [](const point& each) { return each.why == purpose::dispatch; });
  };
  EXPECT_FALSE(any(standard_plan({}, false)));
  EXPECT_TRUE(any(standard_plan({}, true)));
  for (const char* text : {"dispatch", "dispatch hope", "dispatch ebpf slower 5"}) {
    EXPECT_FALSE(parse_contender(text).ok()) << text;
  }
}

TEST(BenchPlan, TheFirstContenderMeetsEachOther) {
  const auto points = points_of({.contenders = {"uring", "epoll", "nginx"}, .shares = {50}});
  ASSERT_TRUE(points.ok());
  std::vector<std::string> all;
  for (const point& p : points.value()) {
    all.push_back(p.a + " " + p.b + (p.load.share > 0 ? " open" : ""));
  }
  EXPECT_THAT(all, ElementsAre("uring epoll", "uring epoll open", "uring nginx", "uring nginx open",
                               "uring uring", "uring uring open"));
}

TEST(BenchPlan, RefusesWhatDoesNotGoTogether) {
  const auto why = [](const plan_axes& axes) {
    const auto points = points_of(axes);
    return points ? "" : points.error().message;
  };
  EXPECT_THAT(why({.body_bytes = {100}, .work_us = {10}}), HasSubstr("work and body"));
  EXPECT_THAT(why({.pipeline = {16}, .requests_each = {10}}), HasSubstr("pipeline 16"));
  EXPECT_THAT(why({.contenders = {"uring", "nginx"}, .work_us = {10}}), HasSubstr("nginx"));
  EXPECT_THAT(why({.contenders = {"uring"}, .noise = false}), HasSubstr("contenders"));
  const std::vector<unsigned> many(20, 1);
  EXPECT_THAT(why({.connections = many, .pipeline = many}), HasSubstr("more than 200"));
}

TEST(BenchPlan, NamesTheSizesOfBodiesThatAContenderNeedsOnce) {
  plan p;
  for (const unsigned bytes : {13U, 1000U, 13U}) {
    p.points.push_back({.a = "uring", .b = "epoll", .load = {.body_bytes = bytes}});
  }
  p.points.push_back({.a = "uring", .b = "nginx"});
  EXPECT_THAT(body_sizes_of(p, "uring"), ElementsAre(13U, 1000U));
  EXPECT_THAT(body_sizes_of(p, "nginx"), ElementsAre(13U));
}

TEST(BenchContender, SaysWhatItGoesWithAndWithout) {
  const auto one = parse_contender("uring without multishot-receive without registered-ring");
  ASSERT_TRUE(one.ok());
  EXPECT_EQ(one.value().program, "uring");
  EXPECT_THAT(one.value().without, ElementsAre("multishot-receive", "registered-ring"));
  EXPECT_THAT(parse_contender("uring with sqpoll without registered-ring").value().with,
              ElementsAre("sqpoll"));
  EXPECT_EQ(parse_contender("epoll slower 5").value().slower_percent, 5U);
  EXPECT_FALSE(parse_contender("nginx").value().ours());
}

TEST(BenchContender, RefusesWordsThatMeanNothing) {
  for (const char* text :
       {"", "uring without", "uring without hope", "epoll without multishot-receive",
        "nginx slower 5", "epoll slower", "epoll slower x", "uring with sugar", "uring with",
        "epoll with sqpoll", "uring without sqpoll"}) {
    EXPECT_FALSE(parse_contender(text).ok()) << text;
  }
}

}  // namespace
}  // namespace shoal::bench
