#include "open/timetable.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace shoal::open {
namespace {

options two_classes() {
  options asked;
  EXPECT_TRUE(add_class("light,95,/plaintext", asked));
  EXPECT_TRUE(add_class("heavy,5,/block/20,alone", asked));
  return asked;
}

TEST(Timetable, ClassesComeByTheirWeight) {
  const options asked = two_classes();
  timetable times(asked);
  int heavy = 0;
  for (int i = 0; i < 100'000; ++i) heavy += times.class_of_next() == 1 ? 1 : 0;
  EXPECT_NEAR(heavy, 5000, 300);
}

TEST(Timetable, PoissonGapsHaveTheMeanAndTheSpreadOfIndependentArrivals) {
  options asked = two_classes();
  asked.rate = 1000;
  timetable times(asked);
  double sum = 0;
  double squares = 0;
  constexpr int count = 100'000;
  for (int i = 0; i < count; ++i) {
    const double ms = std::chrono::duration<double, std::milli>(times.gap()).count();
    sum += ms;
    squares += ms * ms;
  }
  EXPECT_NEAR(sum / count, 1.0, 0.02);
  EXPECT_NEAR(squares / count, 2.0, 0.1);  // twice the square of the mean
}

TEST(Timetable, ConstantGapsAreAllTheSame) {
  options asked = two_classes();
  asked.rate = 1000;
  asked.arrivals = arrivals::constant;
  timetable times(asked);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(times.gap(), std::chrono::milliseconds(1));
}

TEST(Timetable, TheSameSeedAsksTheSame) {
  const options asked = two_classes();
  timetable one(asked);
  timetable other(asked);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(one.gap(), other.gap());
    EXPECT_EQ(one.class_of_next(), other.class_of_next());
  }
}

TEST(Deck, TakesEveryConnectionInTurnAndHotOnesTheirTimes) {
  options asked = two_classes();
  asked.connections = 20;
  asked.hot_share = 0.1;
  asked.hot_factor = 10;
  deck cards(asked);
  std::map<std::size_t, int> seen;
  for (int i = 0; i < 18 + 2 * 10; ++i) ++seen[cards.next()];
  EXPECT_EQ(seen.size(), 20U);
  EXPECT_EQ(std::ranges::count_if(seen, [](const auto& one) { return one.second == 10; }), 2);
  EXPECT_EQ(std::ranges::count_if(seen, [](const auto& one) { return one.second == 1; }), 18);
}

TEST(Deck, DrawsAllConnections) {
  options asked = two_classes();
  asked.connections = 10;
  deck cards(asked);
  std::set<std::size_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(cards.draw());
  EXPECT_EQ(seen.size(), 10U);
}

TEST(RequestClass, IsReadFromOneWord) {
  const options asked = two_classes();
  EXPECT_EQ(asked.classes[0].name, "light");
  EXPECT_FALSE(asked.classes[0].alone);
  EXPECT_EQ(asked.classes[1].weight, 5.0);
  EXPECT_EQ(asked.classes[1].path, "/block/20");
  EXPECT_TRUE(asked.classes[1].alone);
}

TEST(RequestClass, RefusesWhatIsNone) {
  options asked;
  for (const auto* text :
       {"", "a", "a,1", "a,0,/", "a,-1,/", "a,x,/", "a,1,path", ",1,/", "a,1,/,b"}) {
    EXPECT_FALSE(add_class(text, asked)) << text;
  }
  EXPECT_TRUE(asked.classes.empty());
}

TEST(RequestClass, GetsABodyByItsName) {
  options asked = two_classes();
  EXPECT_TRUE(set_body("heavy=blocked = 20", asked));
  EXPECT_TRUE(asked.classes[1].compare_body);
  EXPECT_EQ(asked.classes[1].body, "blocked = 20");
  EXPECT_FALSE(set_body("none=x", asked));
  EXPECT_FALSE(set_body("heavy", asked));
}

}  // namespace
}  // namespace shoal::open
