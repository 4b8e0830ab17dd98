#include "bench/metric.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace shoal::bench {
namespace {

measurement example() {
  return {.seconds = 2,
          .answers = 1000,
          .latency = {{1'000'000, 980}, {2'000'000, 20}},
          .server_seconds = 0.5,
          .system_calls = 250,
          .turns = 100,
          .completions = 1400,
          .switches = 10,
          .resident_bytes = 6400,
          .machine_seconds = 1.5};
}

TEST(Metric, IsOfARequestASecondATurnOrAConnection) {
  const load_shape load{.connections = 64};
  const auto value = [&](metric by) { return value_of(example(), load, by).value_or(-1); };
  EXPECT_DOUBLE_EQ(value(metric::requests), 500);
  EXPECT_DOUBLE_EQ(value(metric::requests_a_cpu_second), 2000);
  EXPECT_DOUBLE_EQ(value(metric::p50), 0.001);
  EXPECT_DOUBLE_EQ(value(metric::p99), 0.002);
  EXPECT_DOUBLE_EQ(value(metric::server_cpu), 0.0005);
  EXPECT_DOUBLE_EQ(value(metric::machine_cpu), 0.0015);
  EXPECT_DOUBLE_EQ(value(metric::system_calls), 0.25);
  EXPECT_DOUBLE_EQ(value(metric::completions), 14);
  EXPECT_DOUBLE_EQ(value(metric::switches), 0.01);
  EXPECT_DOUBLE_EQ(value(metric::resident), 100);
}

TEST(Metric, IsNotThereWhereWhatItTakesIsNotKnown) {
  measurement m = example();
  m.server_seconds = -1;
  m.system_calls = std::numeric_limits<double>::quiet_NaN();
  m.turns = 0;
  const auto known = [&](metric by) { return value_of(m, {}, by).has_value(); };
  EXPECT_FALSE(known(metric::requests_a_cpu_second));
  EXPECT_FALSE(known(metric::server_cpu));
  EXPECT_FALSE(known(metric::system_calls));
  EXPECT_FALSE(known(metric::completions));
  EXPECT_TRUE(known(metric::requests));
  m.answers = 0;
  EXPECT_FALSE(known(metric::switches));
}

TEST(Metric, HasAPercentileOnlyWhereTenRequestsLieBeyondIt) {
  measurement m = example();
  EXPECT_TRUE(value_of(m, {}, metric::p99));
  EXPECT_FALSE(value_of(m, {}, metric::p999));
  m.latency = {{1, 999}};
  EXPECT_FALSE(value_of(m, {}, metric::p99));
  m.latency = {{1, 10'000}};
  EXPECT_TRUE(value_of(m, {}, metric::p999));
}

TEST(Metric, LeadsWithCpuInAClosedLoopAndWithLatencyInAnOpenOne) {
  point p;
  p.pairs = {{example(), example()}};
  EXPECT_EQ(metrics_of(p).front(), metric::requests_a_cpu_second);
  p.pairs.front().b.server_seconds = -1;
  EXPECT_EQ(metrics_of(p).front(), metric::requests);
  p.load.rate = 1000;
  EXPECT_EQ(metrics_of(p).front(), metric::p99);
  p.why = purpose::cost;
  EXPECT_EQ(metrics_of(p).front(), metric::server_cpu);
  p.why = purpose::memory;
  EXPECT_EQ(metrics_of(p).front(), metric::resident);
}

TEST(Metric, KnowsEveryPurposeByItsName) {
  for (const purpose why : {purpose::noise, purpose::throughput, purpose::latency, purpose::cost,
                            purpose::ablation, purpose::memory, purpose::dispatch}) {
    EXPECT_EQ(parse_purpose(name_of(why)), why);
  }
  EXPECT_EQ(parse_purpose("speed"), std::nullopt);
}

}  // namespace
}  // namespace shoal::bench
