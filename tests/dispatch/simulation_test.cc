// The simulator against what is known: formulas, tables that another program computed, and its own
// promises. Seeds are fixed, so these figures are the same on every machine.
#include "dispatch/simulation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "support/sanitizers.h"

namespace shoal::dispatch {
namespace {

constexpr std::optional<policy_kind> central = std::nullopt;

/// Under sanitizers, for a figure that needs many requests and walks no path that others do not.
constexpr const char* too_long = "takes a minute with sanitizers";

simulation_setup load_of(const char* mix, unsigned workers, double load) {
  simulation_setup setup;
  setup.mix = service_mix::parse(mix).value();
  setup.workers = workers;
  setup.requests_per_ms = load * workers / setup.mix.mean_ms();
  setup.requests = 300'000;
  return setup;
}

/// 95 % take 0.05 ms, 5 % block for 20 ms, on 64 connections of a client's pool.
simulation_setup blocking(double load) {
  simulation_setup setup = load_of("0.95:0.05ms,0.05:20ms", 8, load);
  setup.connections = 64;
  setup.requests = 100'000;
  return setup;
}

double p99(const simulation_setup& setup, std::optional<policy_kind> kind) {
  return simulate(setup, kind).all.p99_ms;
}

// p99 in mean service times of bimodal requests (90 % take 0.5, 10 % 5.5) with Poisson arrivals,
// computed by another program and printed with two digits.
struct row {
  unsigned workers;
  double load;
  double central, jsq, p2c, round_robin, random;
};

class Ceiling : public testing::TestWithParam<row> {};

void expect_published(double measured, double published) {
  EXPECT_NEAR(measured, published, 0.05 * published + (published < 10 ? 0.05 : 0.5));
}

TEST_P(Ceiling, AgreesWithinFivePerCent) {
  const row& r = GetParam();
  const simulation_setup setup = load_of("b1", r.workers, r.load);
  expect_published(p99(setup, central), r.central);
  expect_published(p99(setup, policy_kind::least_loaded), r.jsq);
  expect_published(p99(setup, policy_kind::power_of_two), r.p2c);
  expect_published(p99(setup, policy_kind::round_robin), r.round_robin);
  expect_published(p99(setup, policy_kind::random), r.random);
}

INSTANTIATE_TEST_SUITE_P(Bimodal, Ceiling,
                         testing::Values(row{2, 0.7, 13, 15, 15, 20, 25},
                                         row{8, 0.5, 5.5, 5.5, 8.4, 11, 14},
                                         row{8, 0.8, 7.1, 10, 13, 28, 38},
                                         row{64, 0.8, 5.5, 5.5, 11, 27, 36}));

// The same source, 8 workers at 70 % load. Its own noise is larger here.
TEST(StaleReports, HerdUnlessTheChooserCountsWhatItGave) {
  if (running_with_sanitizers) GTEST_SKIP() << too_long;
  struct stale {
    double age_ms, snapshot, p2c, counted;
  };
  simulation_setup setup = load_of("b1", 8, 0.7);
  const double random = p99(setup, policy_kind::random);
  for (const stale& s : {stale{2, 18, 12, 10}, stale{10, 50, 17, 13}, stale{50, 217, 35, 16}}) {
    setup.report_age_ms = s.age_ms;
    setup.count_given = false;
    const double snapshot = p99(setup, policy_kind::least_loaded);
    EXPECT_NEAR(snapshot, s.snapshot, s.snapshot * 0.15);
    EXPECT_EQ(snapshot > random, s.age_ms >= 10);
    EXPECT_NEAR(p99(setup, policy_kind::power_of_two), s.p2c, s.p2c * 0.1);
    setup.count_given = true;
    EXPECT_NEAR(p99(setup, policy_kind::least_loaded), s.counted, s.counted * 0.1);
  }
}

TEST(Simulation, AgreesWithTheFormulaForOneWorker) {
  const simulation_setup setup = load_of("exp", 1, 0.7);
  const double mean_in_system = 1 / (1 - 0.7);  // M/M/1: the time in the system is exponential
  const latencies all = simulate(setup, policy_kind::random).all;
  EXPECT_NEAR(all.p50_ms, std::log(2) * mean_in_system, 0.05 * mean_in_system);
  EXPECT_NEAR(all.p99_ms, std::log(100) * mean_in_system, 0.25 * mean_in_system);
}

TEST(Simulation, ReplaysFromItsSeed) {
  simulation_setup setup = blocking(0.6);
  setup.moves = takeover::keep;
  setup.report_age_ms = 1;
  setup.requests = 20'000;
  const double once = p99(setup, policy_kind::local);
  EXPECT_EQ(p99(setup, policy_kind::local), once);
  setup.seed = 2;
  EXPECT_NE(p99(setup, policy_kind::local), once);
}

TEST(Simulation, AnswersEveryRequestWhateverIsSet) {
  for (const takeover moves : {takeover::off, takeover::lend, takeover::keep}) {
    for (const choice client : {choice::own, choice::idle, choice::turns}) {
      for (const unsigned connections : {0U, 1U, 50U}) {
        for (const unsigned of_each : {0U, 1U, 7U}) {
          simulation_setup setup = load_of("b2", 4, 0.7);
          setup.requests = 2000;
          setup.burst = 3;
          setup.moves = moves;
          setup.client = client;
          setup.connections = connections;
          setup.requests_per_connection = of_each;
          setup.hot_share = 0.1;
          setup.hot_factor = 10;
          setup.batch = of_each;
          for (const policy_kind kind : all_policies) {
            if (policy_of(kind) == nullptr) continue;
            ASSERT_EQ(simulate(setup, kind).all.count, 1900U);
          }
          ASSERT_EQ(simulate(setup, central).all.count, 1900U);
        }
      }
    }
  }
}

TEST(Simulation, TakesNoRequestFasterThanItsService) {
  const simulation_result r = simulate(load_of("2ms", 4, 0.1), policy_kind::least_loaded);
  EXPECT_DOUBLE_EQ(r.all.p50_ms, 2);
  EXPECT_EQ(r.light.count, r.all.count);
}

TEST(Simulation, BurstsCostLatency) {
  if (running_with_sanitizers) GTEST_SKIP() << too_long;
  simulation_setup setup = load_of("b1", 8, 0.5);
  const double alone = p99(setup, policy_kind::least_loaded);
  setup.burst = 20;
  EXPECT_GT(p99(setup, policy_kind::least_loaded), 1.5 * alone);
}

// A turn that lasts is seen from outside, whatever a policy knows of work.
TEST(Stalls, AreWorthMostToWhoKnowsNothingElse) {
  simulation_setup setup = blocking(0.6);
  setup.connections = 0;
  const double random = p99(setup, policy_kind::random);
  const double least = p99(setup, policy_kind::least_loaded);
  setup.stall_ms = 1;
  EXPECT_LT(p99(setup, policy_kind::random), 0.6 * random);
  EXPECT_LT(p99(setup, policy_kind::least_loaded), 1.1 * least);
}

TEST(TakingOver, BringsKeptConnectionsNearTheCentralQueue) {
  for (const double load : {0.25, 0.6}) {
    simulation_setup setup = blocking(load);
    const simulation_result best = simulate(setup, central);
    const simulation_result alone = simulate(setup, policy_kind::automatic);
    EXPECT_GT(alone.light.p99_ms, 2.5 * best.light.p99_ms + 1);
    for (const takeover moves : {takeover::lend, takeover::keep}) {
      setup.moves = moves;
      const simulation_result moved = simulate(setup, policy_kind::automatic);
      EXPECT_LT(moved.light.p99_ms, 1.2 * best.light.p99_ms + 1.1);
      EXPECT_LT(moved.all.p99_ms, 1.1 * best.all.p99_ms);
      EXPECT_GT(moved.taken_over, 0.01);
    }
  }
}

TEST(TakingOver, WaitsForTheTurnToLast) {
  simulation_setup setup = blocking(0.6);
  setup.moves = takeover::lend;
  setup.lend_after_ms = 1000;
  EXPECT_EQ(simulate(setup, policy_kind::automatic).taken_over, 0);
}

// An open connection counts as a request that may come.
TEST(LeastLoadedInSimulation, SpreadsKeptConnectionsBetterThanChance) {
  simulation_setup setup = load_of("b1", 8, 0.6);
  setup.connections = 256;
  setup.client = choice::own;
  EXPECT_LT(simulate(setup, policy_kind::least_loaded).spread, 1.08);
  EXPECT_GT(simulate(setup, policy_kind::random).spread, 1.12);
}

TEST(LeastLoadedInSimulation, SpreadsHotConnectionsBetterThanCountingThem) {
  simulation_setup setup = load_of("b1", 8, 0.6);
  setup.connections = 256;
  setup.client = choice::own;
  setup.hot_share = 0.1;
  setup.hot_factor = 10;
  EXPECT_LT(p99(setup, policy_kind::least_loaded), p99(setup, policy_kind::least_connections));
}

TEST(ServiceMix, ReadsWhatPeopleWrite) {
  const service_mix mix = service_mix::parse("0.95:50us,0.05:exp:2s").value();
  ASSERT_EQ(mix.kinds().size(), 2U);
  EXPECT_DOUBLE_EQ(mix.kinds()[0].mean_ms, 0.05);
  EXPECT_FALSE(mix.kinds()[0].exponential);
  EXPECT_DOUBLE_EQ(mix.kinds()[1].share, 0.05);
  EXPECT_DOUBLE_EQ(mix.kinds()[1].mean_ms, 2000);
  EXPECT_TRUE(mix.kinds()[1].exponential);
  EXPECT_EQ(mix.light(), 0U);
  EXPECT_DOUBLE_EQ(service_mix::parse("b1").value().mean_ms(), 1);
  EXPECT_NEAR(service_mix::parse("b2").value().mean_ms(), 1, 1e-9);
  EXPECT_TRUE(service_mix::parse("exp").value().kinds()[0].exponential);
  EXPECT_DOUBLE_EQ(service_mix::parse("3:1ms,1:5ms").value().kinds()[0].share, 0.75);
}

TEST(ServiceMix, RefusesNonsenseAndSaysWhatWouldDo) {
  for (const char* text : {"", "1", "1:", ":1ms", "0:1ms", "-1:1ms", "1ms,", "x:1ms", "1:1h",
                           "0.5:0ms", "nan:1ms", "1:infms", "b3", "exp:", "1:1ms 2:2ms"}) {
    const auto mix = service_mix::parse(text);
    ASSERT_FALSE(mix) << text;
    EXPECT_NE(mix.error().message.find("write"), std::string::npos) << mix.error().message;
  }
}

}  // namespace
}  // namespace shoal::dispatch
