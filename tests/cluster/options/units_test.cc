#include "cluster/options/units.h"

#include <gtest/gtest.h>

namespace shoal::cluster {
namespace {

using std::chrono::milliseconds;

TEST(Units, ADurationHasAUnitOrIsMilliseconds) {
  EXPECT_EQ(parse_duration("250ms"), milliseconds(250));
  EXPECT_EQ(parse_duration("250"), milliseconds(250));
  EXPECT_EQ(parse_duration("30s"), milliseconds(30'000));
  EXPECT_EQ(parse_duration("5m"), milliseconds(300'000));
  EXPECT_EQ(parse_duration("1h"), milliseconds(3'600'000));
}

TEST(Units, WhatIsNoDurationIsRefused) {
  for (const auto* text : {"", "s", "-1s", "1.5s", "1 s", "1x", "99999999999999999999", "40000h"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Units, ASizeHasABinaryUnitOrIsBytes) {
  EXPECT_EQ(parse_bytes("0"), 0U);
  EXPECT_EQ(parse_bytes("16KiB"), 16384U);
  EXPECT_EQ(parse_bytes("1MiB"), 1048576U);
  EXPECT_FALSE(parse_bytes("1kB"));
  EXPECT_FALSE(parse_bytes("9999999999GiB"));
}

TEST(Units, WhatIsShownReadsBackAsTheSame) {
  for (const auto ms : {0, 1, 250, 1000, 1500, 65'000, 90'000, 3'600'000}) {
    EXPECT_EQ(parse_duration(show_duration(milliseconds(ms))), milliseconds(ms));
  }
  for (const auto bytes : {0U, 1U, 1023U, 1024U, 65536U, 1U << 20, 3U << 30}) {
    EXPECT_EQ(parse_bytes(show_bytes(bytes)), bytes);
  }
  EXPECT_EQ(show_duration(milliseconds(30'000)), "30s");
  EXPECT_EQ(show_bytes(1U << 20), "1MiB");
}

}  // namespace
}  // namespace shoal::cluster
