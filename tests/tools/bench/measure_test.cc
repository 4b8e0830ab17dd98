#include "bench/measure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/program_output.h"

namespace shoal::bench {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::Pair;

look at(std::uint64_t ns, std::uint64_t cpu_ns) {
  look one;
  one.at_ns = ns;
  one.use = {.cpu_ns = cpu_ns, .switches = cpu_ns / 1'000'000, .resident_bytes = 4096};
  one.machine = {
      .busy = static_cast<double>(ns) / 1e9, .stolen = 0, .all = 2e-9 * static_cast<double>(ns)};
  return one;
}

seen_by_load seen(double seconds, std::uint64_t answers, double spun_seconds = 0) {
  seen_by_load by_load;
  by_load.measured.seconds = seconds;
  by_load.measured.answers = answers;
  by_load.spun_seconds = spun_seconds;
  return by_load;
}

TEST(BenchMeasure, ScalesAServersOwnCountersByRequests) {
  auto before = at(1'000'000'000, 100'000'000);
  auto after = at(1'400'000'000, 300'000'000);
  before.counters =
      server_counters{.requests = 50, .system_calls = 70, .turns = 40, .completions = 90};
  after.counters =
      server_counters{.requests = 450, .system_calls = 870, .turns = 240, .completions = 890};
  const auto m = with_server(before, after, seen(0.5, 800));
  EXPECT_DOUBLE_EQ(m.server_seconds, 0.4);
  EXPECT_EQ(m.system_calls, 1600);
  EXPECT_EQ(m.turns, 400);
  EXPECT_EQ(m.completions, 1600);
  EXPECT_EQ(m.switches, 400);
  EXPECT_EQ(m.resident_bytes, 4096);
}

TEST(BenchMeasure, ScalesAnotherProgramsTimeByTheWindow) {
  const auto m = with_server(at(1'000'000'000, 0), at(1'400'000'000, 200'000'000), seen(0.5, 800));
  EXPECT_DOUBLE_EQ(m.server_seconds, 0.25);
  EXPECT_EQ(m.system_calls, -1) << "nobody counts them";
  EXPECT_EQ(m.turns, -1);
  EXPECT_DOUBLE_EQ(m.machine_seconds, 0.5);
}

TEST(BenchMeasure, KnowsWhatTheHypervisorTook) {
  auto before = at(1'000'000'000, 0);
  auto after = at(2'000'000'000, 1);
  after.machine.stolen = 0.1;
  const auto m = with_server(before, after, seen(1, 1));
  EXPECT_DOUBLE_EQ(m.steal_share, 0.05);
}

TEST(BenchMeasure, TakesWhatTheGeneratorHasSpunForNobodysWork) {
  const auto m = with_server(at(1'000'000'000, 0), at(1'400'000'000, 0), seen(0.5, 800, 0.3));
  EXPECT_DOUBLE_EQ(m.machine_seconds, 0.2);
}

TEST(BenchMeasure, AsksForTheLoadThatThePointHas) {
  const measuring how{.program = "/shoal", .window = 0.4, .warm_up = 0.1};
  const std::string where = "10.0.0.1:4711";
  const auto closed = load_command({.connections = 8, .body_bytes = 100}, how, where, {3});
  EXPECT_THAT(closed, Contains("http://10.0.0.1:4711/bytes/100"));
  EXPECT_THAT(closed, Contains(std::string(100, 'x')));
  EXPECT_THAT(closed, Not(Contains("--rate")));
  EXPECT_THAT(closed, Contains("--gather")) << "a sleep would be part of each round trip";
  const auto open = load_command({.work_us = 10, .rate = 2500}, how, where, {2, 3});
  EXPECT_THAT(open, Contains("http://10.0.0.1:4711/spin/10"));
  EXPECT_THAT(open, Contains("2-3"));
  EXPECT_THAT(open, Contains("Hello, World!"));
  EXPECT_THAT(open, Contains("2500"));
  EXPECT_THAT(open, Contains("poisson"));
  const auto mixed = load_command({.work_us = 10, .work_percent = 5}, how, where, {3});
  EXPECT_THAT(mixed, IsSupersetOf({"5 GET /spin/10", "95 GET /plaintext", "http://10.0.0.1:4711"}));
}

TEST(BenchMeasure, ReadsWhatTheGeneratorHasSeen) {
  const auto all = load_in(
      R"({"seconds":0.5,"answers":1000,"errors":{"broken":1,"lost":1,"body":2},
          "latency":{"p50_ns":1,"buckets":[[1000,990],[2000,10]]},
          "generator":{"busy":0.4,"cpu_seconds":1.3,"spun_seconds":0.1,"send_lag":{"p50_ns":1500},"limited":true,"behind":true}})");
  ASSERT_TRUE(all.ok()) << all.error().message;
  const measurement& m = all.value().measured;
  EXPECT_EQ(m.answers, 1000U);
  EXPECT_EQ(m.errors, 3U) << "a broken connection is there as what it lost";
  EXPECT_THAT(m.latency, ElementsAre(Pair(1003U, 990U), Pair(2007U, 10U)));
  EXPECT_EQ(m.send_lag_ns, 1500);
  EXPECT_TRUE(m.generator_limited);
  EXPECT_TRUE(m.behind);
  EXPECT_DOUBLE_EQ(all.value().spun_seconds, 0.1);
}

TEST(BenchMeasure, ReadsWhenTheGeneratorMeasures) {
  const auto window = window_in(R"({"window":{"begin_ns":1500000000,"end_ns":2500000000}})");
  ASSERT_TRUE(window.ok()) << window.error().message;
  EXPECT_EQ(to_ns(window.value().begin), 1'500'000'000U);
  EXPECT_EQ(to_ns(window.value().end), 2'500'000'000U);
}

TEST(BenchMeasure, RefusesWhatIsNoFigure) {
  for (const char* text : {"", "{}", "[1]", R"({"seconds":"x"})"}) {
    EXPECT_FALSE(window_in(text).ok()) << text;
    EXPECT_FALSE(load_in(text).ok()) << text;
    EXPECT_FALSE(counters_in(text).ok()) << text;
    EXPECT_FALSE(port_in(text).ok()) << text;
  }
  EXPECT_THAT(load_in("{").error().message, HasSubstr("what shoal load says"));
}

}  // namespace
}  // namespace shoal::bench
