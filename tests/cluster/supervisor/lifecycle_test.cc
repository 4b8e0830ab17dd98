#include "cluster/supervisor/lifecycle.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/random.h"

namespace shoal::cluster {
namespace {

using namespace std::chrono_literals;

constexpr lifecycle_options settings = {.boot_timeout = 30s,
                                        .drain_timeout = 20s,
                                        .healthy_after = 1s,
                                        .delay = 100ms,
                                        .delay_limit = 1s,
                                        .failure_limit = 5,
                                        .failure_period = 60s};

constexpr monotonic_time t0{1'000s};
constexpr auto crashed = end_kind::crashed;

slot_lifecycle booting() {
  slot_lifecycle slot(settings);
  slot.start(t0);
  return slot;
}

slot_lifecycle ready() {
  auto slot = booting();
  slot.became_ready(t0);
  return slot;
}

TEST(Lifecycle, StartsByForking) {
  slot_lifecycle slot(settings);
  EXPECT_EQ(slot.start(t0), slot_action::fork);
  EXPECT_EQ(slot.state(), slot_state::booting);
  EXPECT_EQ(slot.became_ready(t0 + 1ms), slot_action::none);
  EXPECT_EQ(slot.state(), slot_state::ready);
  EXPECT_EQ(slot.deadline(), never);
}

TEST(Lifecycle, ABootThatHangsIsKilledAndCountsAsAFailure) {
  auto slot = booting();
  EXPECT_EQ(slot.deadline(), t0 + 30s);
  EXPECT_EQ(slot.timer(t0 + 29s), slot_action::none);
  EXPECT_EQ(slot.timer(t0 + 30s), slot_action::kill);
  EXPECT_EQ(slot.exited(t0 + 30s, crashed), slot_action::none);
  EXPECT_EQ(slot.failures(), 1U);
}

TEST(Lifecycle, AHealthyProcessThatDiesIsReplacedAtOnce) {
  auto slot = ready();
  for (int life = 1; life <= 1000; ++life) {
    EXPECT_EQ(slot.exited(t0 + life * 1s, crashed), slot_action::fork);
    slot.became_ready(t0 + life * 1s);
  }
}

TEST(Lifecycle, AProcessThatLeavesByItselfOrIsKilledIsReplacedAtOnceHoweverYoung) {
  for (const auto end : {end_kind::left, end_kind::killed}) {
    auto slot = ready();
    for (int life = 1; life <= 1000; ++life) {
      EXPECT_EQ(slot.exited(t0 + life * 1ms, end), slot_action::fork);
      slot.became_ready(t0 + life * 1ms);
    }
    EXPECT_EQ(slot.failures(), 0U);
  }
}

TEST(Lifecycle, WhoIsToBeSlowedDownIsHoweverLongItHasServed) {
  auto slot = ready();
  EXPECT_EQ(slot.exited(t0 + 1h, end_kind::failed), slot_action::none);
  EXPECT_EQ(slot.deadline(), t0 + 1h + 100ms);
  EXPECT_EQ(slot.timer(t0 + 2h), slot_action::fork);
  slot.became_ready(t0 + 2h);
  EXPECT_EQ(slot.exited(t0 + 3h, end_kind::failed), slot_action::none);
  EXPECT_EQ(slot.deadline(), t0 + 3h + 200ms) << "each time longer";
}

TEST(Lifecycle, WhoShallHaveNoSuccessorHasNone) {
  for (auto slot : {booting(), ready()}) {
    EXPECT_EQ(slot.exited(t0 + 1h, end_kind::forgone), slot_action::none);
    EXPECT_TRUE(slot.over());
    EXPECT_EQ(slot.deadline(), never);
    EXPECT_EQ(slot.stop(t0 + 2h), slot_action::none);
  }
}

TEST(Lifecycle, AYoungProcessThatCrashesIsSlowedDownAndNeverGivenUp) {
  auto slot = ready();
  auto now = t0;
  for (int life = 1; life <= 100; ++life) {
    EXPECT_EQ(slot.exited(now, crashed), slot_action::none);
    now = slot.deadline();
    EXPECT_EQ(slot.timer(now), slot_action::fork);
    slot.became_ready(now);
  }
  EXPECT_EQ(slot.exited(now, crashed), slot_action::none);
  EXPECT_EQ(slot.deadline(), now + 1s) << "the limit of the wait";
}

TEST(Lifecycle, AKillDuringTheBootIsAFailure) {
  auto slot = booting();
  EXPECT_EQ(slot.exited(t0, end_kind::killed), slot_action::none);
  EXPECT_EQ(slot.failures(), 1U);
}

TEST(Lifecycle, EachFailureInARowDoublesTheWaitUpToALimit) {
  auto slot = booting();
  auto now = t0;
  for (const auto wait : {100ms, 200ms, 400ms, 800ms, 1000ms}) {
    EXPECT_EQ(slot.exited(now, crashed), slot_action::none);
    EXPECT_EQ(slot.state(), slot_state::waiting);
    EXPECT_EQ(slot.deadline(), now + wait);
    now = slot.deadline();
    EXPECT_EQ(slot.timer(now), slot_action::fork);
  }
}

TEST(Lifecycle, AHealthyLifeResetsTheWait) {
  auto slot = booting();
  slot.exited(t0, crashed);
  slot.timer(t0 + 100ms);
  slot.became_ready(t0 + 100ms);
  EXPECT_EQ(slot.exited(t0 + 2s, crashed), slot_action::fork);
  slot.exited(t0 + 2s, crashed);
  EXPECT_EQ(slot.deadline(), t0 + 2s + 100ms);
}

TEST(Lifecycle, MoreFailedBootsThanAllowedInOnePeriodGiveUp) {
  auto slot = booting();
  auto now = t0;
  for (int failure = 1; failure <= 5; ++failure) {
    EXPECT_EQ(slot.exited(now, crashed), slot_action::none);
    now = slot.deadline();
    slot.timer(now);
  }
  EXPECT_EQ(slot.exited(now, crashed), slot_action::give_up);
  EXPECT_EQ(slot.state(), slot_state::given_up);
  EXPECT_TRUE(slot.over());
}

TEST(Lifecycle, FailuresThatLieFurtherApartGoOnForEver) {
  auto slot = booting();
  auto now = t0;
  for (int failure = 1; failure <= 100; ++failure) {
    EXPECT_EQ(slot.exited(now, crashed), slot_action::none);
    slot.timer(slot.deadline());
    now += 15s;
  }
}

TEST(Lifecycle, AStopDrainsThenKillsAtTheDeadline) {
  auto slot = ready();
  EXPECT_EQ(slot.stop(t0), slot_action::drain);
  EXPECT_EQ(slot.stop(t0 + 1s), slot_action::none);
  EXPECT_EQ(slot.deadline(), t0 + 20s);
  EXPECT_EQ(slot.timer(t0 + 20s), slot_action::kill);
  EXPECT_EQ(slot.exited(t0 + 20s, crashed), slot_action::none);
  EXPECT_EQ(slot.state(), slot_state::stopped);
}

TEST(Lifecycle, ASecondStopKills) {
  auto slot = ready();
  slot.stop(t0);
  EXPECT_EQ(slot.stop_now(t0), slot_action::kill);
  EXPECT_EQ(slot.exited(t0, crashed), slot_action::none);
  EXPECT_TRUE(slot.over());
}

TEST(Lifecycle, AStopDuringBootDrainsAndNoReadinessRevivesIt) {
  auto slot = booting();
  EXPECT_EQ(slot.stop(t0), slot_action::drain);
  EXPECT_EQ(slot.became_ready(t0), slot_action::none);
  EXPECT_EQ(slot.state(), slot_state::draining);
}

TEST(Lifecycle, AStopWhileWaitingIsOverAtOnce) {
  auto slot = booting();
  slot.exited(t0, crashed);
  EXPECT_EQ(slot.stop(t0), slot_action::none);
  EXPECT_EQ(slot.state(), slot_state::stopped);
  EXPECT_EQ(slot.timer(t0 + 1h), slot_action::none);
}

// A world that obeys: what is forked may become ready, leave or crash; what is killed exits.
TEST(Lifecycle, WhateverHappensAStopEndsItAndNoProcessIsForgotten) {
  const char* const given = std::getenv("SHOAL_SEED");
  const std::uint64_t first = given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
  for (std::uint64_t seed = first; seed < first + (given != nullptr ? 1 : 5'000); ++seed) {
    SCOPED_TRACE("SHOAL_SEED=" + std::to_string(seed));
    random_source random(seed);
    slot_lifecycle slot(settings);
    auto now = t0;
    bool process = false;
    const auto obey = [&](slot_action action) {
      if (action == slot_action::fork) {
        ASSERT_FALSE(process) << "forked over a living process";
        process = true;
      }
      if (action == slot_action::drain || action == slot_action::kill) {
        ASSERT_TRUE(process);
      }
      if (action == slot_action::kill) {
        process = false;
        ASSERT_NE(slot.exited(now, crashed), slot_action::kill);
        if (slot.state() == slot_state::booting) {  // replaced at once
          process = true;
        }
      }
    };
    obey(slot.start(now));
    for (int step = 0; step < 200 && !slot.over(); ++step) {
      now += std::chrono::milliseconds(random.below(3'000));
      if (now >= slot.deadline()) obey(slot.timer(now));
      if (process && random.one_in(2)) obey(slot.became_ready(now));
      if (process && random.one_in(3)) {
        process = false;
        obey(slot.exited(now, static_cast<end_kind>(random.below(5))));
      }
      if (random.one_in(100)) obey(slot.stop(now));
      if (random.one_in(300)) obey(slot.stop_now(now));
      ASSERT_EQ(slot.alive(), process);
      ASSERT_TRUE(slot.deadline() != never || slot.state() == slot_state::ready || slot.over() ||
                  slot.state() == slot_state::draining)
          << name_of(slot.state()) << " for ever";
    }
    obey(slot.stop(now));
    if (process) obey(slot.stop_now(now));
    ASSERT_TRUE(slot.over());
    ASSERT_FALSE(process);
  }
}

}  // namespace
}  // namespace shoal::cluster
