#include "cluster/supervisor/duty_roster.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"

namespace shoal::cluster {
namespace {

std::string marks(const duty_roster& roster) {
  std::string all;
  for (unsigned w = 0; w < roster.workers(); ++w) all += roster.rests(w) ? '1' : '0';
  return all;
}

TEST(DutyRoster, AllServeAtFirst) {
  const duty_roster roster({2, 3});
  EXPECT_EQ(marks(roster), "00000");
  EXPECT_EQ(roster.serving(), 5U);
  EXPECT_EQ(roster.to_text(), "");
}

TEST(DutyRoster, FewerServeEvenlyOnAllNodes) {
  duty_roster roster({3, 3});
  ASSERT_TRUE(roster.scale(4));
  EXPECT_EQ(marks(roster), "001001");
  ASSERT_TRUE(roster.scale(1));
  EXPECT_EQ(marks(roster), "011111");
  ASSERT_TRUE(roster.scale(6));
  EXPECT_EQ(marks(roster), "000000");
}

TEST(DutyRoster, SomebodyHasToServe) {
  duty_roster roster({1, 1});
  EXPECT_FALSE(roster.scale(0));
  EXPECT_NE(roster.scale(3).error().message.find("--workers"), std::string::npos);
  ASSERT_TRUE(roster.drain(0));
  EXPECT_FALSE(roster.drain(1));
  EXPECT_TRUE(roster.drain(0)) << "again changes nothing";
  EXPECT_EQ(marks(roster), "10");
}

TEST(DutyRoster, OthersServeForADrainedNodeAsFarAsThereAreAny) {
  duty_roster roster({2, 2});
  ASSERT_TRUE(roster.scale(2));
  EXPECT_EQ(marks(roster), "0101");
  ASSERT_TRUE(roster.drain(1));
  EXPECT_EQ(marks(roster), "0011");
  EXPECT_TRUE(roster.all_rest(1));
  EXPECT_EQ(roster.marks_of(0), "00");
  ASSERT_TRUE(roster.scale(4));
  EXPECT_EQ(roster.serving(), 2U);
  roster.undrain(1);
  EXPECT_EQ(marks(roster), "0000");
}

TEST(DutyRoster, GoesToTheNextProgramAsText) {
  duty_roster roster({2, 2, 2});
  ASSERT_TRUE(roster.scale(3));
  ASSERT_TRUE(roster.drain(0));
  ASSERT_TRUE(roster.drain(2));
  duty_roster next({2, 2, 2});
  next.adopt(roster.to_text());
  EXPECT_EQ(marks(next), marks(roster));
  EXPECT_EQ(next.wanted(), 3U);
}

TEST(DutyRoster, WhateverTheTextSomebodyServes) {
  random_source random(11);
  const std::string words[] = {"0", "1", "2", "99", "drained", "", "x", "4294967296", "-1"};
  for (int i = 0; i < 1000; ++i) {
    std::string text;
    for (auto count = random.next() % 8; count > 0; --count) {
      text += words[random.next() % std::size(words)] + " ";
    }
    duty_roster roster({1, 2});
    roster.adopt(text);
    EXPECT_GE(roster.serving(), 1U) << text;
  }
}

}  // namespace
}  // namespace shoal::cluster
