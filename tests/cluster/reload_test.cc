// The machine alone; whole clusters are in reloads_test.cc.
#include "cluster/reload.h"

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
    text += "FPTK"[static_cast<unsigned>(order.what)];
    text += std::to_string(order.slot);
  }
  return text;
}

TEST(Reload, NoneTakesOverBeforeAllHaveBeenProved) {
  reload r(2, {0, 1});
  EXPECT_EQ(told(r.begin(t0)), "F0F1");
  EXPECT_EQ(told(r.booted(1)), "P1");
  EXPECT_EQ(told(r.proved(1)), "");
  EXPECT_EQ(told(r.booted(0)), "P0");
  EXPECT_FALSE(r.handing_over());
  EXPECT_EQ(told(r.proved(0)), "T0T1");
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
  EXPECT_EQ(told(r.proved(1)), "T1");
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
  r.proved(0);
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
  for (const unsigned s : {0U, 1U}) r.proved(s);
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
  EXPECT_EQ(told(late.proved(0)), "T0");
  EXPECT_EQ(told(late.call_off()), "");
  EXPECT_TRUE(late.over());
  EXPECT_EQ(late.failure(), "the cluster stops");
}

/// Any events in any order: what holds always.
TEST(Reload, WhateverHappensItEndsOnceAndNobodyTakesOverUnproved) {
  for (std::uint64_t seed = 1; seed <= 5'000; ++seed) {
    random_source random(seed);
    const auto slots = 1 + static_cast<unsigned>(random.next() % 4);
    std::set<unsigned> concerned;
    for (unsigned s = 0; s < slots; ++s) concerned.insert(s);
    reload r(slots, concerned);
    std::vector<unsigned> probed(slots), proved(slots), taken(slots);
    unsigned kills = 0;
    const auto check = [&](const reload::orders& orders) {
      for (const auto& order : orders) {
        if (order.what == reload_action::probe) ++probed[order.slot];
        if (order.what == reload_action::kill) ++kills;
        if (order.what == reload_action::take_over) {
          ASSERT_EQ(proved[order.slot], 1U) << seed;
          ASSERT_EQ(++taken[order.slot], 1U) << seed;
          ASSERT_EQ(kills, 0U) << seed;
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
          if (random.next() % 8 == 0) check(r.timer(t0));
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
            check(r.proved(slot));
          }
          break;
        default:
          check(r.ready(slot));
          break;
      }
    }
    ASSERT_TRUE(kills == 0 || kills == slots) << seed;
    ASSERT_TRUE(kills == 0 || !r.handing_over()) << seed;
    if (!r.over()) continue;
    for (unsigned s = 0; s < slots; ++s) {
      ASSERT_EQ(told(r.booted(s)) + told(r.proved(s)) + told(r.failed(s, "y")) + told(r.ready(s)),
                "")
          << seed;
    }
    ASSERT_EQ(told(r.timer(t0 + 1h)) + told(r.call_off()), "") << seed;
  }
}

}  // namespace
}  // namespace shoal::cluster
