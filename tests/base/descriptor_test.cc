#include "base/descriptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <utility>

namespace shoal {
namespace {

int open_null() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool is_open(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

TEST(Descriptor, IsNoneAtFirst) {
  const descriptor d;
  EXPECT_FALSE(d);
  EXPECT_EQ(d.get(), -1);
}

TEST(Descriptor, ClosesAtItsEnd) {
  const int fd = open_null();
  {
    const descriptor d(fd);
    EXPECT_TRUE(d.open());
  }
  EXPECT_FALSE(is_open(fd));
}

TEST(Descriptor, MovesItsDutyToClose) {
  const int fd = open_null();
  descriptor first(fd);
  descriptor second(std::move(first));
  EXPECT_FALSE(first.open());  // NOLINT(bugprone-use-after-move): that is the promise
  const int other = open_null();
  second = descriptor(other);
  EXPECT_FALSE(is_open(fd));
  EXPECT_EQ(second.get(), other);
}

TEST(Descriptor, SurvivesBeingMovedOntoItself) {
  descriptor d(open_null());
  descriptor& same = d;
  d = std::move(same);
  EXPECT_TRUE(is_open(d.get()));
}

TEST(Descriptor, ReleasesWithoutClosing) {
  descriptor d(open_null());
  const descriptor again(d.release());
  EXPECT_FALSE(d.open());
  EXPECT_TRUE(is_open(again.get()));
}

TEST(Descriptor, ResetsToAnother) {
  const int fd = open_null();
  descriptor d(fd);
  d.reset();
  EXPECT_FALSE(d.open());
  EXPECT_FALSE(is_open(fd));
}

}  // namespace
}  // namespace shoal
