#include "cluster/rights/try_as.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>

namespace shoal::cluster {
namespace {

using ::testing::HasSubstr;

class TryAs : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become others";
  }

  const run_as who_{.name = "anybody", .user = 54'321, .group = 54'321, .groups = {54'321}};
};

TEST_F(TryAs, ReturnsWhatHasComeOfIt) {
  EXPECT_TRUE(try_as(
      who_, [] { return ::geteuid() == 54'321 ? result<void>() : error{0, "somebody else"}; }));
  const auto failed = try_as(who_, [] { return result<void>(error{0, "no right to write"}); });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "no right to write");
  EXPECT_EQ(::geteuid(), 0U);
}

TEST_F(TryAs, SurvivesWhatEndsTheTrial) {
  const auto dead = try_as(who_, []() -> result<void> { std::abort(); });
  ASSERT_FALSE(dead);
  EXPECT_THAT(dead.error().message, HasSubstr("as user anybody has ended the process"));
  sigset_t now;
  ::sigprocmask(SIG_SETMASK, nullptr, &now);
  EXPECT_FALSE(::sigismember(&now, SIGTERM)) << "signals are as they were";
}

}  // namespace
}  // namespace shoal::cluster
