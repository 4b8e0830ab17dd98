#include "base/result.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>

namespace shoal {
namespace {

TEST(Result, HoldsAValueOrAnError) {
  const result<int> good = 5;
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(good.value(), 5);
  const result<int> bad = error{7, "no"};
  EXPECT_FALSE(bad);
  EXPECT_EQ(bad.error().code, 7);
  EXPECT_EQ(bad.error().message, "no");
}

TEST(Result, GivesAMoveOnlyValueAway) {
  result<std::unique_ptr<int>> r = std::make_unique<int>(3);
  const std::unique_ptr<int> taken = std::move(r).value();
  EXPECT_EQ(*taken, 3);
}

TEST(Result, OfNothingIsDoneUnlessItFailed) {
  EXPECT_TRUE(result<void>().ok());
  EXPECT_FALSE(result<void>(error{1, "no"}).ok());
}

TEST(ResultDeathTest, EndsTheProcessThatTakesWhatIsNotThere) {
  const result<int> bad = error{7, "no"};
  EXPECT_DEATH((void)bad.value(), "check failed: ok\\(\\)");
  const result<int> good = 5;
  EXPECT_DEATH((void)good.error(), "check failed: !ok\\(\\)");
}

TEST(SystemError, SaysWhatFailedAndWhy) {
  const error e = system_error(ENOENT, "cannot open /x");
  EXPECT_EQ(e.code, ENOENT);
  EXPECT_EQ(e.message, "cannot open /x: No such file or directory");
}

}  // namespace
}  // namespace shoal
