#include "cluster/node/tally_keeper.h"

#include <gtest/gtest.h>

namespace shoal::cluster {
namespace {

using namespace std::chrono_literals;
using shm::total;

struct TallyKeeper : testing::Test {
  [[nodiscard]] std::uint64_t told(total what) const { return shm::read_tally(tally).of(what); }

  shm::tally_table table = shm::tally_table::create(1).value();
  shm::worker_tally& tally = table.of(0);
};

TEST_F(TallyKeeper, AddsWhatHasComeSinceTheTurnBefore) {
  tally_keeper keeper(&tally, {});
  http::server_counters now{.connections_accepted = 2, .shed = 1, .answers = {3, 0, 1, 0}};
  keeper.turn_ended(now, 1ms);
  keeper.turn_ended(now, 1ms);
  now.connections_accepted = 3;
  keeper.turn_ended(now, 1ms);
  EXPECT_EQ(told(total::accepted), 3U);
  EXPECT_EQ(told(total::answers_2xx), 3U);
  EXPECT_EQ(told(total::answers_4xx), 1U);
  EXPECT_EQ(told(total::shed), 1U);
}

TEST_F(TallyKeeper, GoesOnFromTheProcessBefore) {
  for (std::uint64_t life = 0; life < 3; ++life) {
    tally_keeper keeper(&tally, {.generation = life, .restarts = life});
    keeper.turn_ended({.given = 5}, 1ms);
    keeper.window_closed(1000, 10, 7);
    keeper.window_closed(1500, 12, 8);
  }
  EXPECT_EQ(told(total::given), 15U);
  EXPECT_EQ(told(total::busy_ns), 4500U) << "the owner's own is since its boot";
  EXPECT_EQ(told(total::turns), 36U);
  EXPECT_EQ(told(total::run_delay_ns), 45U) << "each is of its window";
  EXPECT_EQ(shm::read_tally(tally).restarts, 2U);
}

TEST_F(TallyKeeper, TimesAnswersOfATurnByTheTurn) {
  tally_keeper keeper(&tally, {});
  keeper.turn_ended({.answered_at_once = 3}, 2ms);
  keeper.turn_ended({.answered_at_once = 3}, 9ms);
  keeper.turn_ended({.answered_at_once = 4}, 30us);
  const auto seen = shm::read_tally(tally);
  EXPECT_EQ(seen.latency[shm::latency_bucket(2ms)], 3U);
  EXPECT_EQ(seen.latency[shm::latency_bucket(9ms)], 0U);
  EXPECT_EQ(seen.latency[shm::latency_bucket(30us)], 1U);
  EXPECT_EQ(seen.latency_sum_ns, 6'030'000U);
}

TEST_F(TallyKeeper, OfAProcessOnTrialCountsInBothAndTheNextGoesOnFromIt) {
  const auto trial = shm::tally_table::create(1).value();
  tally_keeper tried(&tally, {});
  tried.count_also(trial.of(0));
  tried.turn_ended({.answers = {3, 0, 0, 1}, .answered_at_once = 4}, 1ms);
  tally_keeper serves(&tally, {});
  serves.go_on_from(tried);
  serves.turn_ended({.answers = {5, 0, 0, 1}, .answered_at_once = 6}, 1ms);
  EXPECT_EQ(told(total::answers_2xx), 5U);
  EXPECT_EQ(told(total::answers_5xx), 1U);
  const auto seen = shm::read_tally(trial.of(0));
  EXPECT_EQ(seen.of(total::answers_2xx), 3U);
  EXPECT_EQ(seen.of(total::answers_5xx), 1U);
  EXPECT_EQ(seen.latency[shm::latency_bucket(1ms)], 4U);
  EXPECT_EQ(shm::read_tally(tally).latency[shm::latency_bucket(1ms)], 6U);
}

TEST_F(TallyKeeper, OfNoTallyDoesNothing) {
  tally_keeper keeper(nullptr, {});
  keeper.turn_ended({.shed = 1}, 1ms);
  keeper.stalled();
  keeper.window_closed(1, 1, 1);
  EXPECT_EQ(told(total::shed), 0U);
}

}  // namespace
}  // namespace shoal::cluster
