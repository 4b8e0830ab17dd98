#include "cluster/supervisor/upgrade.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "cluster/supervisor/heritage.h"

namespace shoal::cluster {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr monotonic_time deadline = monotonic_time(10s);
constexpr monotonic_time later = monotonic_time(15s);

upgrade booting() {
  upgrade u(deadline);
  EXPECT_EQ(u.hello(upgrade_protocol()), upgrade_action::bequeath);
  return u;
}

upgrade handed_over() {
  auto u = booting();
  EXPECT_EQ(u.proved(later), upgrade_action::hand_over);
  return u;
}

TEST(Upgrade, GoesFromHelloToProofToService) {
  auto u = handed_over();
  EXPECT_TRUE(u.handed_over());
  EXPECT_FALSE(u.over()) << "it may still be taken back";
  EXPECT_TRUE(u.ready());
  EXPECT_TRUE(u.over());
  EXPECT_TRUE(u.handed_over());
  EXPECT_EQ(u.failure(), "");
  EXPECT_EQ(u.deadline(), never);
}

TEST(Upgrade, RefusesAnotherProtocol) {
  upgrade u(deadline);
  EXPECT_EQ(u.hello("shoal 99"), upgrade_action::kill);
  EXPECT_THAT(u.failure(), HasSubstr("takes over by \"shoal 99\""));
  EXPECT_EQ(u.proved(later), upgrade_action::none) << "what it says now comes too late";
  EXPECT_EQ(u.ended("was killed"), upgrade_action::none);
  EXPECT_TRUE(u.over());
  EXPECT_FALSE(u.handed_over());
  EXPECT_THAT(u.failure(), HasSubstr("shoal 99")) << "the first reason counts";
}

TEST(Upgrade, FailsWithTheWordsOfTheNewProgram) {
  auto u = booting();
  u.failed("no database");
  EXPECT_FALSE(u.over()) << "not before its end";
  EXPECT_EQ(u.ended("ended with code 3"), upgrade_action::none);
  EXPECT_EQ(u.failure(), "no database");
}

TEST(Upgrade, IsTakenBackIfTheNewProgramEndsBeforeItServes) {
  auto u = handed_over();
  EXPECT_EQ(u.ended("was killed by SIGKILL"), upgrade_action::take_back);
  EXPECT_FALSE(u.handed_over());
  EXPECT_EQ(u.failure(), "the new program was killed by SIGKILL");
}

TEST(Upgrade, IsNotTakenBackLater) {
  auto u = handed_over();
  EXPECT_TRUE(u.ready());
  EXPECT_EQ(u.ended("was killed by SIGKILL"), upgrade_action::none);
  EXPECT_TRUE(u.handed_over());
}

TEST(Upgrade, TakesNoLongerThanItsTime) {
  for (const bool late : {false, true}) {
    auto u = late ? handed_over() : booting();
    const auto end = late ? later : deadline;
    EXPECT_EQ(u.timer(end - 1ns), upgrade_action::none);
    EXPECT_EQ(u.timer(end), upgrade_action::kill);
    EXPECT_EQ(u.deadline(), never);
    EXPECT_EQ(u.ended("was killed"), late ? upgrade_action::take_back : upgrade_action::none);
  }
}

TEST(Upgrade, IsCalledOffUntilItIsHandedOver) {
  EXPECT_EQ(booting().call_off(), upgrade_action::kill);
  auto u = handed_over();
  EXPECT_EQ(u.call_off(), upgrade_action::none);
  EXPECT_TRUE(u.ready());
}

/// Whatever comes in whatever order: handed over once at most, taken back only after that, and
/// never both served and taken back.
TEST(Upgrade, KeepsItsPromisesInAnyOrder) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    random_source random(seed);
    upgrade u(deadline);
    int over = 0;
    int back = 0;
    bool served = false;
    const auto heed = [&](upgrade_action action) {
      if (action == upgrade_action::hand_over) ++over;
      if (action == upgrade_action::take_back) ++back;
    };
    for (int step = 0; step < 12; ++step) {
      switch (random.next() % 7) {
        case 0:
          heed(u.hello(upgrade_protocol()));
          break;
        case 1:
          heed(u.proved(later));
          break;
        case 2:
          served = u.ready() || served;
          break;
        case 3:
          u.failed("words");
          break;
        case 4:
          heed(u.timer(later));
          break;
        case 5:
          heed(u.call_off());
          break;
        default:
          if (random.next() % 3 == 0) heed(u.ended("ended"));
      }
    }
    ASSERT_LE(over, 1) << seed;
    ASSERT_LE(back, over) << seed;
    ASSERT_FALSE(served && back > 0) << seed;
    ASSERT_EQ(u.handed_over(), over > back) << seed;
    ASSERT_TRUE(!u.over() || served || !u.failure().empty()) << seed;
  }
}

}  // namespace
}  // namespace shoal::cluster
