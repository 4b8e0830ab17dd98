#include "load/arrivals.h"

#include <gtest/gtest.h>

#include <string>

namespace shoal::load {
namespace {

TEST(Arrivals, AreReadFromAWord) {
  EXPECT_EQ(parse_arrivals("constant").value().how, pattern::constant);
  EXPECT_EQ(parse_arrivals("poisson").value().how, pattern::poisson);
  const auto bursts = parse_arrivals("bursts:20");
  ASSERT_TRUE(bursts);
  EXPECT_EQ(bursts.value().how, pattern::bursts);
  EXPECT_EQ(bursts.value().burst, 20U);
  for (const char* text : {"", "bursts", "bursts:", "bursts:0", "bursts:-1", "bursts:2x",
                           "bursts:100001", "Poisson"}) {
    EXPECT_FALSE(parse_arrivals(text)) << text;
  }
}

TEST(Arrivals, ComeOneIntervalAfterAnother) {
  timetable times({pattern::constant, 1}, 1000, 1);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(times.gap(), std::chrono::milliseconds(1));
}

TEST(Arrivals, KeepTheirRateWhereAnIntervalIsNoWholeNanosecond) {
  timetable times({pattern::constant, 1}, 3e6, 1);
  nanoseconds sum{0};
  for (int i = 0; i < 3'000'000; ++i) sum += times.gap();
  EXPECT_NEAR(static_cast<double>(sum.count()), 1e9, 2);
}

TEST(Arrivals, ComeInBursts) {
  timetable times({pattern::bursts, 3}, 1000, 1);
  nanoseconds sum{0};
  for (int i = 1; i <= 30; ++i) {
    sum += times.gap();
    EXPECT_EQ(sum, std::chrono::milliseconds(3) * ((i + 2) / 3)) << i;
  }
}

TEST(Arrivals, AreIndependentOfEachOtherIfRandom) {
  timetable times({pattern::poisson, 1}, 1000, 7);
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

}  // namespace
}  // namespace shoal::load
