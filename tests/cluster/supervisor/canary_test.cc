// What is made of counts; whole clusters are in canaries_test.cc.
#include "cluster/supervisor/canary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shm/slot_writer.h"
#include "shm/trial_table.h"

namespace shoal::cluster {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr trial_terms terms{.share_percent = 5, .window = 10s};

/// So many answers, each of which took so long.
trial_counts counted(std::uint64_t answers, std::uint64_t failed, nanoseconds took = 80us) {
  trial_counts out{.answers = answers, .failed = failed};
  out.latency[shm::latency_bucket(took)] = answers;
  return out;
}

std::string failure(const trial_counts& tried, const trial_counts& rest) {
  return judge(tried, rest, terms, 1).failure;
}

TEST(Canary, OneThatDoesAsTheOthersPasses) {
  const auto verdict = judge(counted(340, 2), counted(6'000, 30), terms, 2);
  EXPECT_EQ(verdict.failure, "");
  EXPECT_EQ(
      verdict.told,
      "340 answers, 2 failed, p99 within 100us; those who serve: 6000 answers, 30 failed, p99 "
      "within 100us");
}

TEST(Canary, MoreFailuresThanTheBudgetFailIt) {
  EXPECT_EQ(failure(counted(340, 12), counted(6'000, 0)),
            "canary: 12 of 340 answers failed (3.5 %; of those who serve: 0.0 %, budget 1 %)");
}

TEST(Canary, WhatFailsElsewhereTooIsNotItsFault) {
  EXPECT_EQ(failure(counted(1'000, 200), counted(6'000, 1'200)), "");
  EXPECT_NE(failure(counted(1'000, 280), counted(6'000, 1'200)), "");
}

TEST(Canary, ChanceFailsNobodyAndCertaintyNeedsNoMany) {
  EXPECT_EQ(failure(counted(3, 1), counted(1'000, 0)), "");
  EXPECT_EQ(failure(counted(340, 9), counted(6'000, 0)), "") << "of 3.4 that are allowed";
  EXPECT_NE(failure(counted(3, 3), counted(1'000, 0)), "");
  EXPECT_NE(failure(counted(100'000, 1'200), counted(6'000, 0)), "");
}

TEST(Canary, ABudgetOfNothingStillAllowsOne) {
  const trial_terms strict{.share_percent = 5, .window = 10s, .errors_percent = 0};
  EXPECT_EQ(judge(counted(5'000, 1), counted(5'000, 0), strict, 1).failure, "");
  EXPECT_NE(judge(counted(5'000, 2), counted(5'000, 0), strict, 1).failure, "");
}

TEST(Canary, LongerThanTheP99OfTheOthersAllowsFailsIt) {
  const auto rest = counted(6'000, 0, 800us);  // within 1 ms
  EXPECT_EQ(failure(counted(400, 0, 2ms), rest), "");
  EXPECT_EQ(failure(counted(400, 0, 3ms), rest),
            "canary: 400 of 400 answers took longer than 2 times the p99 of those who serve (1ms)");
  auto few = counted(400, 0);
  few.latency[shm::latency_bucket(3ms)] = 10;
  EXPECT_EQ(failure(few, rest), "") << "chance, and caches that were cold";
  few.latency[shm::latency_bucket(3ms)] = 30;
  EXPECT_NE(failure(few, rest), "");
}

TEST(Canary, TheFirstAnswersOfEachWorkerMayTakeAnyTime) {
  const auto rest = counted(6'000, 0, 800us);
  EXPECT_EQ(judge(counted(30, 0, 5s), rest, terms, 4).failure, "");
  EXPECT_NE(judge(counted(30, 0, 5s), rest, terms, 1).failure, "");
}

TEST(Canary, TooFewOfTheOthersSayNothingAboutTime) {
  EXPECT_EQ(failure(counted(400, 0, 5s), counted(99, 0)), "");
}

TEST(Canary, WhatItLeavesUnansweredCountsUnlessOthersDoSo) {
  auto tried = counted(300, 0);
  tried.unanswered = 40;
  auto rest = counted(6'000, 0);
  EXPECT_THAT(failure(tried, rest), HasSubstr("40 of 340 answers took longer"));
  rest.unanswered = 800;  // streams
  EXPECT_EQ(failure(tried, rest), "");

  auto mute = counted(0, 0);
  mute.unanswered = 3;
  EXPECT_EQ(failure(mute, rest), "canary: none of 3 requests was answered");
  EXPECT_EQ(failure(mute, counted(0, 0)), "") << "nor was anybody's";
}

TEST(Canary, OneThatWasAskedNothingPassesAndThatIsSaid) {
  const auto verdict = judge({}, counted(6'000, 0), terms, 1);
  EXPECT_EQ(verdict.failure, "");
  EXPECT_THAT(verdict.told, testing::StartsWith("0 answers, 0 failed; those who serve: 6000"));
  EXPECT_THAT(verdict.told, HasSubstr("; too few to say much"));
}

TEST(Canary, CountsWhatWorkersHaveToldSinceAnotherCount) {
  const auto table = shm::trial_table::create(1).value();
  auto& place = table.of(0);
  shm::slot_writer slot(place.now, {}, read_clock());
  slot.set_state(shm::worker_state::ready);
  shm::add(place.all, shm::total::answers_2xx, 5);
  trial_counts before;
  before.add(place.all, place.now);
  shm::add(place.all, shm::total::answers_4xx, 2);
  shm::add(place.all, shm::total::answers_5xx, 1);
  shm::add_latency(place.all, 3ms, 3);
  slot.turn_began(read_clock());
  slot.turn_ended(read_clock(), {.requests_in_flight = 4});
  trial_counts now;
  now.add(place.all, place.now);
  now.subtract(before);
  EXPECT_EQ(now.answers, 3U);
  EXPECT_EQ(now.failed, 1U);
  EXPECT_EQ(now.unanswered, 4U);
  EXPECT_EQ(now.latency[shm::latency_bucket(3ms)], 3U);
  now.subtract(before);
  EXPECT_EQ(now.answers, 0U) << "never less than none";
}

TEST(Canary, AWorkerThatIsStuckHasARequestThatItCannotTellOf) {
  const auto table = shm::trial_table::create(1).value();
  shm::slot_writer slot(table.of(0).now, {}, read_clock() - 10s);
  slot.set_state(shm::worker_state::ready);
  slot.turn_began(read_clock() - 5s);
  trial_counts now;
  now.add(table.of(0).all, table.of(0).now);
  EXPECT_EQ(now.unanswered, 1U);
}

TEST(Canary, CountsThatCannotBeTrueFailIt) {
  const auto table = shm::trial_table::create(1).value();
  shm::add(table.of(0).all, shm::total::answers_2xx, ~std::uint64_t{0});
  trial_counts tried;
  tried.add(table.of(0).all, table.of(0).now);
  EXPECT_EQ(failure(tried, counted(6'000, 0)), "canary: its counts cannot be true");
}

}  // namespace
}  // namespace shoal::cluster
