#include "cluster/supervisor/reload_wishes.h"

#include <gtest/gtest.h>

namespace shoal::cluster {
namespace {

/// What a waiter has heard: "-" nothing, "" that it went well.
struct heard {
  std::string text = "-";
  reload_wishes::then then() {
    return [this](const std::string& failure) { text = failure; };
  }
};

TEST(ReloadWishes, AreTheSlotsOfTheNextOne) {
  reload_wishes wishes;
  EXPECT_FALSE(wishes.any());
  wishes.add({1}, nullptr);
  wishes.add({0, 1}, nullptr);
  EXPECT_TRUE(wishes.any());
  EXPECT_EQ(wishes.begin(), (std::set<unsigned>{0, 1}));
  EXPECT_FALSE(wishes.any());
}

TEST(ReloadWishes, WhoComesMeanwhileHearsOfTheOneThatFollows) {
  reload_wishes wishes;
  heard first, second;
  wishes.add({0}, first.then());
  wishes.begin();
  wishes.add({1}, second.then());
  wishes.ended("");
  EXPECT_EQ(first.text, "");
  EXPECT_EQ(second.text, "-");
  EXPECT_EQ(wishes.begin(), (std::set<unsigned>{1}));
  wishes.ended("no database");
  EXPECT_EQ(first.text, "");
  EXPECT_EQ(second.text, "no database");
}

TEST(ReloadWishes, WhoWaitsForOneThatNeverBeginsHearsWhy) {
  reload_wishes wishes;
  heard current, next;
  wishes.add({0}, current.then());
  wishes.begin();
  wishes.add({0}, next.then());
  wishes.refuse("the cluster stops");
  EXPECT_EQ(next.text, "the cluster stops");
  EXPECT_EQ(current.text, "-");
  EXPECT_FALSE(wishes.any());
}

TEST(ReloadWishes, AreToldOnceAndMayBeWishedAgainByWhoHears) {
  reload_wishes wishes;
  unsigned times = 0;
  wishes.add({0}, [&](const std::string&) {
    ++times;
    wishes.add({0}, nullptr);
  });
  wishes.begin();
  wishes.ended("x");
  wishes.ended("x");
  EXPECT_EQ(times, 1U);
  EXPECT_TRUE(wishes.any());
}

}  // namespace
}  // namespace shoal::cluster
