// The machine alone; whole clusters are in reloads_test.cc.
#include "cluster/supervisor/reload.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"

namespace shoal::cluster {
namespace {

using namespace std::chrono_literals;

constexpr monotonic_time t0{1'000s};

std::string told(const reload::orders& orders) {
  std::string text;
  for (const auto& order : orders) {
    text += "FPSJTBK"[static_cast<unsigned>(order.what)];
    text += std::to_string(order.slot);
  }
  return text;
}

TEST(Reload, NoneTakesOverBeforeAllHaveBeenProved) {
  reload r(2, {0, 1});
  EXPECT_EQ(told(r.begin(t0)), "F0F1");
  EXPECT_EQ(told(r.booted(1)), "P1");
  EXPECT_EQ(told(r.proved(1, t0)), "");
  EXPECT_EQ(told(r.booted(0)), "P0");
  EXPECT_FALSE(r.handing_over());
  EXPECT_EQ(told(r.proved(0, t0)), "T0T1");
  EXPECT_TRUE(r.handing_over());
  EXPECT_EQ(r.deadline(), never);
  EXPECT_EQ(told(r.ready(0)), "");
  EXPECT_FALSE(r.over());
  EXPECT_EQ(told(r.ready(1)), "");
  EXPECT_TRUE(r.over());
  EXPECT_EQ(r.failure(), "");
}

TEST(Reload, LeavesAloneWhomItDoesNotConcern) {
  reload r(3, {1});
  EXPECT_EQ(told(r.begin(t0)), "F1");
  EXPECT_EQ(told(r.booted(0)), "");
  EXPECT_EQ(told(r.failed(2, "killed")), "");
  EXPECT_EQ(told(r.booted(1)), "P1");
  EXPECT_EQ(told(r.proved(1, t0)), "T1");
  EXPECT_EQ(told(r.ready(0)), "");
  EXPECT_FALSE(r.over());
  EXPECT_EQ(told(r.ready(1)), "");
  EXPECT_TRUE(r.over());
  EXPECT_EQ(r.failure(), "");

  reload failing(3, {0, 2});
  failing.begin(t0);
  EXPECT_EQ(told(failing.failed(2, "no database")), "K0K2");
}

TEST(Reload, TheFirstFailureEndsAllSuccessors) {
  reload r(2, {0, 1});
  r.begin(t0);
  r.booted(0);
  r.proved(0, t0);
  EXPECT_EQ(told(r.failed(1, "no database")), "K0K1");
  EXPECT_TRUE(r.over());
  EXPECT_EQ(r.failure(), "no database");
  EXPECT_EQ(told(r.failed(0, "killed")), "");
  EXPECT_EQ(r.failure(), "no database");
  EXPECT_EQ(told(r.booted(1)), "");
}

TEST(Reload, WhoIsTooLateFails) {
  reload r(2, {0, 1});
  r.begin(t0);
  r.booted(0);
  EXPECT_EQ(told(r.timer(t0 - 1ns)), "");
  EXPECT_EQ(told(r.timer(t0)), "K0K1");
  EXPECT_EQ(r.failure(), "a new process is not ready within its boot timeout");
}

TEST(Reload, OneThatIsLostWhileItTakesOverDoesNotStopTheOthers) {
  reload r(2, {0, 1});
  r.begin(t0);
  for (const unsigned s : {0U, 1U}) r.booted(s);
  for (const unsigned s : {0U, 1U}) r.proved(s, t0);
  EXPECT_EQ(told(r.failed(0, "killed")), "");
  EXPECT_FALSE(r.over());
  EXPECT_EQ(told(r.ready(1)), "");
  EXPECT_TRUE(r.over());
  EXPECT_EQ(r.failure(), "killed");
}

TEST(Reload, AStopCallsItOff) {
  reload early(1, {0});
  early.begin(t0);
  EXPECT_EQ(told(early.call_off()), "K0");
  reload late(1, {0});
  late.begin(t0);
  late.booted(0);
  EXPECT_EQ(told(late.proved(0, t0)), "T0");
  EXPECT_EQ(told(late.call_off()), "");
  EXPECT_TRUE(late.over());
  EXPECT_EQ(late.failure(), "the cluster stops");
}

TEST(Reload, WhoIsTriedTakesOverWhenItIsJudgedSo) {
  reload r(2, {0, 1}, 10s);
  r.begin(t0);
  for (const unsigned s : {0U, 1U}) r.booted(s);
  EXPECT_EQ(told(r.proved(0, t0)), "");
  EXPECT_EQ(told(r.judged("")), "") << "nobody is on trial yet";
  EXPECT_EQ(told(r.proved(1, t0 + 1s)), "S0S1");
  EXPECT_TRUE(r.on_trial());
  EXPECT_FALSE(r.handing_over());
  EXPECT_EQ(r.deadline(), t0 + 11s);
  EXPECT_EQ(told(r.judged("")), "") << "nor is this the moment";
  EXPECT_EQ(told(r.timer(t0 + 11s - 1ns)), "");
  EXPECT_EQ(told(r.timer(t0 + 11s)), "J0");
  EXPECT_EQ(r.deadline(), never);
  EXPECT_EQ(told(r.judged("")), "T0T1");
  EXPECT_FALSE(r.on_trial());
  EXPECT_EQ(told(r.judged("")), "");
  for (const unsigned s : {0U, 1U}) r.ready(s);
  EXPECT_TRUE(r.over());
  EXPECT_EQ(r.failure(), "");
}

TEST(Reload, WhoIsFoundWantingGivesBackItsShare) {
  reload r(3, {0, 2}, 10s);
  r.begin(t0);
  for (const unsigned s : {0U, 2U}) r.booted(s);
  for (const unsigned s : {0U, 2U}) r.proved(s, t0);
  r.timer(t0 + 10s);
  EXPECT_EQ(told(r.judged("3 of 4 answers failed")), "B0B2");
  EXPECT_TRUE(r.over());
  EXPECT_FALSE(r.on_trial());
  EXPECT_EQ(r.failure(), "3 of 4 answers failed");
}

TEST(Reload, AnEndOrAStopEndsATrial) {
  for (const bool stops : {false, true}) {
    reload r(2, {0, 1}, 10s);
    r.begin(t0);
    for (const unsigned s : {0U, 1U}) r.booted(s);
    for (const unsigned s : {0U, 1U}) r.proved(s, t0);
    EXPECT_EQ(told(stops ? r.call_off() : r.failed(1, "killed")), "B0B1");
    EXPECT_EQ(r.failure(), stops ? "the cluster stops" : "killed");
    EXPECT_EQ(told(r.timer(t0 + 10s)) + told(r.judged("")), "");
  }
}

/// Any events in any order: what holds always.
TEST(Reload, WhateverHappensItEndsOnceAndNobodyTakesOverUnproved) {
  for (std::uint64_t seed = 1; seed <= 5'000; ++seed) {
    random_source random(seed);
    const auto slots = 1 + static_cast<unsigned>(random.next() % 4);
    std::set<unsigned> concerned;
    for (unsigned s = 0; s < slots; ++s) concerned.insert(s);
    const bool tries = random.next() % 2 == 0;
    reload r(slots, concerned, tries ? 1s : 0s);
    std::vector<unsigned> probed(slots), proved(slots), tried(slots), taken(slots);
    unsigned kills = 0;
    unsigned given_back = 0;
    unsigned judgements = 0;
    const auto check = [&](const reload::orders& orders) {
      for (const auto& order : orders) {
        if (order.what == reload_action::probe) ++probed[order.slot];
        if (order.what == reload_action::kill) {
          ++kills;
          ASSERT_EQ(tried[order.slot], 0U) << seed;
        }
        if (order.what == reload_action::judge) ++judgements;
        if (order.what == reload_action::try_out) {
          ASSERT_EQ(proved[order.slot], 1U) << seed;
          ASSERT_EQ(++tried[order.slot], 1U) << seed;
        }
        if (order.what == reload_action::take_back) {
          ++given_back;
          ASSERT_EQ(tried[order.slot], 1U) << seed;
        }
        if (order.what == reload_action::take_over) {
          ASSERT_EQ(proved[order.slot], 1U) << seed;
          ASSERT_EQ(++taken[order.slot], 1U) << seed;
          ASSERT_EQ(kills + given_back, 0U) << seed;
          ASSERT_EQ(judgements, tries ? 1U : 0U) << seed;
        }
      }
    };
    check(r.begin(t0));
    for (unsigned step = 0; step < 200 && !r.over(); ++step) {
      const auto slot = static_cast<unsigned>(random.next() % slots);
      switch (random.next() % 16) {
        case 0:
          check(r.failed(slot, "x"));
          break;
        case 1:
          check(r.timer(t0 - 1s));
          break;
        case 2:
          if (random.next() % 8 == 0) check(r.timer(t0 + 1s));
          check(r.judged(random.next() % 2 == 0 ? "" : "bad"));
          break;
        case 3:
          if (random.next() % 8 == 0) check(r.call_off());
          break;
        case 4:
        case 5:
        case 6:
        case 7:
          check(r.booted(slot));
          break;
        case 8:
        case 9:
        case 10:
        case 11:
          if (probed[slot] == 1 && proved[slot] == 0) {
            proved[slot] = 1;
            check(r.proved(slot, t0));
          }
          break;
        default:
          check(r.ready(slot));
          break;
      }
    }
    const unsigned gone = kills + given_back;
    ASSERT_TRUE(gone == 0 || (gone == slots && (kills == 0 || given_back == 0))) << seed;
    ASSERT_TRUE(gone == 0 || !r.handing_over()) << seed;
    if (!r.over()) continue;
    for (unsigned s = 0; s < slots; ++s) {
      ASSERT_EQ(
          told(r.booted(s)) + told(r.proved(s, t0)) + told(r.failed(s, "y")) + told(r.ready(s)), "")
          << seed;
    }
    ASSERT_EQ(told(r.timer(t0 + 1h)) + told(r.judged("")) + told(r.call_off()), "") << seed;
  }
}

}  // namespace
}  // namespace shoal::cluster
