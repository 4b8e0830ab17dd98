#include "bench/number_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace shoal::bench {
namespace {

TEST(NumberText, HasThreeDigitsAndAUnit) {
  const auto count = [](double v) { return value_text(v, unit::count); };
  const auto seconds = [](double v) { return value_text(v, unit::seconds); };
  EXPECT_EQ(count(0), "0");
  EXPECT_EQ(count(0.01234), "0.0123");
  EXPECT_EQ(count(0.9999), "1.00");
  EXPECT_EQ(count(9.996), "10.0");
  EXPECT_EQ(count(123.4), "123");
  EXPECT_EQ(count(999.6), "1,000");
  EXPECT_EQ(count(184'321), "184,000");
  EXPECT_EQ(seconds(263e-9), "263 ns");
  EXPECT_EQ(seconds(0.9996e-6), "1.00 µs");
  EXPECT_EQ(seconds(12.34e-6), "12.3 µs");
  EXPECT_EQ(seconds(0.0143), "14.3 ms");
  EXPECT_EQ(seconds(2), "2.00 s");
  EXPECT_EQ(value_text(2048, unit::bytes), "2.0 KiB");
}

TEST(NumberText, SaysOfWhatIsNoNumberThatItIsUnknown) {
  for (const double none :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    EXPECT_EQ(value_text(none, unit::count), "unknown");
    EXPECT_EQ(value_text(none, unit::bytes), "unknown");
  }
  EXPECT_EQ(value_text(1e300, unit::count), "1e18 and more");
  EXPECT_EQ(value_text(5e-324, unit::count), "0");
}

TEST(NumberText, LeavesOutZerosOfRoundValues) {
  EXPECT_EQ(round_text(20e-6, unit::seconds), "20 µs");
  EXPECT_EQ(round_text(0.5, unit::count), "0.5");
  EXPECT_EQ(round_text(100, unit::count), "100");
  EXPECT_EQ(round_text(2000, unit::count), "2,000");
  EXPECT_EQ(percent_text(0.7), "70 %");
  EXPECT_EQ(percent_text(0.0123), "1.23 %");
}

TEST(NumberText, HasAThirdDecimalWhereTwoWouldHideOnWhichSideOfOneItIs) {
  EXPECT_EQ(ratio_text({1.2234, 1.1871, 1.2649, 10}), "1.22 × [1.19, 1.26]");
  EXPECT_EQ(ratio_text({1.0031, 0.9954, 1.0121, 10}), "1.003 × [0.995, 1.012]");
  EXPECT_EQ(ratio_text({1.0611, 1.0012, 1.0899, 10}), "1.061 × [1.001, 1.090]");
  EXPECT_EQ(ratio_text({0.9412, 0.9, 0.97, 10}), "0.94 × [0.90, 0.97]");
  EXPECT_EQ(ratio_text({12.34, 11.9, 13, 10}), "12.3 × [11.9, 13.0]");
  EXPECT_EQ(ratio_text({0.0714, 0.07, 0.0731, 10}), "0.071 × [0.070, 0.073]");
}

TEST(NumberText, HasNoBoundsOfTooFewPairs) { EXPECT_EQ(ratio_text({1.2, 1, 1.4, 5}), "1.20 ×"); }

TEST(NumberText, CountsOneAndMany) {
  EXPECT_EQ(counted(1, "pair"), "1 pair");
  EXPECT_EQ(counted(0, "pair"), "0 pairs");
  EXPECT_EQ(counted(1234, "pair"), "1,234 pairs");
}

TEST(NumberText, ListsWithAnAnd) {
  EXPECT_EQ(list_text({}), "");
  EXPECT_EQ(list_text({"1"}), "1");
  EXPECT_EQ(list_text({"1", "8", "64"}), "1, 8 and 64");
}

}  // namespace
}  // namespace shoal::bench
