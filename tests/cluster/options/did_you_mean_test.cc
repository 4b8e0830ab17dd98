#include "cluster/options/did_you_mean.h"

#include <gtest/gtest.h>

#include <array>

namespace shoal::cluster {
namespace {

constexpr std::array<std::string_view, 4> flags = {"--listen", "--nodes", "--workers", "--driver"};

TEST(DidYouMean, FindsASlipOfTheFinger) {
  EXPECT_EQ(did_you_mean("--worker", flags), "--workers");
  EXPECT_EQ(did_you_mean("--wrokers", flags), "--workers");
  EXPECT_EQ(did_you_mean("--drivr", flags), "--driver");
  EXPECT_EQ(did_you_mean("--lisetn", flags), "--listen");
}

TEST(DidYouMean, SaysNothingRatherThanNonsense) {
  EXPECT_EQ(did_you_mean("--certificate", flags), "");
  EXPECT_EQ(did_you_mean("-x", flags), "");
  EXPECT_EQ(did_you_mean("", flags), "");
}

}  // namespace
}  // namespace shoal::cluster
