#include "bench/change.h"

#include <gtest/gtest.h>

#include <cmath>

#include "bench/change_report.h"
#include "synthetic_results.h"

namespace shoal::bench {
namespace {

constexpr load_shape usual{.connections = 64};
constexpr true_figures fast{.server_cpu_us = 10, .system_calls = 0.2};
constexpr true_figures slow{.server_cpu_us = 12, .system_calls = 2};

/// `factor`: how much more CPU the first takes than it does usually.
results run(std::uint64_t seed, double factor, const load_shape& load = usual) {
  random_source random(seed);
  true_figures changed = fast;
  changed.server_cpu_us *= factor;
  changed.rate /= factor;
  results all;
  all.points = {draw_point(random, purpose::throughput, "uring", changed, "epoll", slow, load, 10)};
  return all;
}

const change& of(const changes& all, metric by) {
  for (const change& c : all.points.at(0).changes) {
    if (c.by == by) return c;
  }
  throw std::out_of_range("no such metric");
}

TEST(Change, BetweenRunsOfTheSameIsNoneThoughTheMachineIsTwiceAsSlow) {
  int differ = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const changes all = changes_between(run(seed, 1), run(seed + 1000, 1), {});
    differ += of(all, metric::requests_a_cpu_second).differs ? 1 : 0;
    EXPECT_EQ(all.regressions(), 0U) << seed;
  }
  EXPECT_LE(differ, 5);  // an interval misses the truth in 1 of 20
}

TEST(Change, FindsARegressionBeyondTheBoundAndNoneWithinIt) {
  const results before = run(1, 1);
  const results after = run(2, 1.1);
  const changes all = changes_between(before, after, {.bound_percent = 3});
  const change& c = of(all, metric::requests_a_cpu_second);
  EXPECT_TRUE(c.differs);
  EXPECT_TRUE(c.regression);
  EXPECT_LT(c.ratio.high, 0.97);
  EXPECT_TRUE(c.ratio.includes(1 / 1.1));
  EXPECT_EQ(changes_between(before, after, {.bound_percent = 20}).regressions(), 0U);
  // The other way round it is a gain.
  const changes gain = changes_between(after, before, {.bound_percent = 3});
  EXPECT_TRUE(of(gain, metric::requests_a_cpu_second).differs);
  EXPECT_FALSE(of(gain, metric::requests_a_cpu_second).regression);
}

/// Ten pairs whose ratios have an even spread around `middle`.
results run_around(double middle) {
  results all;
  all.points = {{.a = "uring", .b = "epoll", .load = usual, .pairs = {}}};
  for (int i = -5; i < 5; ++i) {
    measured_pair pair;
    pair.a = {.seconds = 1, .answers = 1000, .latency = {}};
    pair.b = pair.a;
    pair.a.server_seconds = std::exp(-0.01 * (i + 0.5)) / middle;
    pair.b.server_seconds = 1;
    all.points.front().pairs.push_back(std::move(pair));
  }
  return all;
}

TEST(Change, DiffersWhereTheIntervalOfItsRatioExcludesOneAndNowhereElse) {
  const auto at = [](double middle) {
    const changes all = changes_between(run_around(1), run_around(middle), {.bound_percent = 0});
    return of(all, metric::requests_a_cpu_second);
  };
  const change equal = at(1);
  EXPECT_FALSE(equal.differs);
  // Further than the square root of 2 of a reach: bounds of a quotient add up as squares do.
  const double reach = equal.before.high / equal.before.middle;
  const change slower = at(1 / std::pow(reach, 1.7));
  EXPECT_GT(slower.after.high, slower.before.low);
  EXPECT_TRUE(slower.differs);
  EXPECT_TRUE(slower.regression);
  const change hardly = at(1 / std::pow(reach, 1.3));
  EXPECT_FALSE(hardly.differs);
  EXPECT_FALSE(hardly.regression);
}

TEST(Change, KnowsThatLatencyAndCallsAreBetterIfLess) {
  results before = run(1, 1);
  results after = run(2, 1);
  for (measured_pair& pair : after.points.front().pairs) pair.a.system_calls *= 1.2;
  const changes all = changes_between(before, after, {});
  EXPECT_TRUE(of(all, metric::system_calls).regression);
}

TEST(Change, OfFewPairsIsNotTold) {
  results after = run(2, 2);
  after.points.front().pairs.resize(5);
  const changes all = changes_between(run(1, 1), after, {});
  EXPECT_EQ(all.regressions(), 0U);
  EXPECT_EQ(all.differ(), 0U);
  EXPECT_EQ(all.too_few(), all.compared());
}

TEST(Change, IsOfThePointsThatBothHave) {
  results before = run(1, 1);
  results after = run(2, 1);
  point more = before.points.front();
  more.load.pipeline = 16;
  before.points.push_back(more);
  more.a = "asio";
  after.points.insert(after.points.begin(), {more, more});
  more.why = purpose::noise;
  after.points.push_back(more);
  const changes all = changes_between(before, after, {});
  EXPECT_EQ(all.points.size(), 1U);
  EXPECT_EQ(all.only_before, 1U);
  EXPECT_EQ(all.only_after, 2U);
}

TEST(Change, KnowsAnOpenLoopByItsShareSinceRatesAreWhatARunMadeOfIt) {
  const load_shape one{.connections = 64, .rate = 1000, .share = 0.5};
  const load_shape same{.connections = 64, .rate = 1100, .share = 0.5};
  const load_shape other{.connections = 64, .rate = 1000, .share = 0.7};
  EXPECT_EQ(changes_between(run(1, 1, one), run(1, 1, same), {}).points.size(), 1U);
  EXPECT_EQ(changes_between(run(1, 1, one), run(1, 1, other), {}).points.size(), 0U);
}

TEST(Change, OfLevelsIsThereOnRequest) {
  const results before = run(1, 1);
  const results after = run(2, 1);
  const auto levels = [](const changes& all) {
    std::vector<std::string> names;
    for (const change& c : all.points.at(0).changes) {
      if (c.level && c.by == metric::requests) names.push_back(c.of);
    }
    return names;
  };
  EXPECT_TRUE(levels(changes_between(before, after, {})).empty());
  EXPECT_EQ(levels(changes_between(before, after, {.levels = true})),
            (std::vector<std::string>{"io_uring", "epoll"}));
}

change_report report_of(const results& before, const results& after) {
  const change_options options{};
  return {"A.json", before, "B.json", after, options, changes_between(before, after, options)};
}

TEST(ChangeReport, IsATableForEachPointAndASum) {
  results before = run(1, 1);
  results after = run(2, 1.2);
  before.machine = {{"kernel", "6.1"}, {"CPU", "same"}};
  after.machine = {{"CPU", "same"}, {"kernel", "6.18"}};
  after.complete = false;
  const std::string text = to_text(report_of(before, after));
  for (const char* part :
       {"A: A.json, plan , begun \n", "NOT COMPLETE", "  kernel: 6.1 in A, 6.18 in B\n",
        "io_uring : epoll, throughput, 64 connections\n", "  requests for a CPU second  ",
        "REGRESSION\n", "1 point in both, 0 in A alone, 0 in B alone.",
        "regressions beyond 3 %.\n"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  EXPECT_EQ(text.find("CPU: same"), std::string::npos);
}

TEST(ChangeReport, HasTheSameAsJson) {
  const results before = run(1, 1);
  const results after = run(2, 1.2);
  const std::string json = to_json(report_of(before, after));
  for (const char* part : {R"({"a":"A.json","b":"B.json","bound_percent":3,)",
                           R"("why":"throughput","a":"uring","b":"epoll")",
                           R"("metric":"requests_a_cpu_second","of":"io_uring : epoll")",
                           R"("differs":true,"regression":true)"}) {
    EXPECT_NE(json.find(part), std::string::npos) << part << "\n" << json;
  }
}

}  // namespace
}  // namespace shoal::bench
