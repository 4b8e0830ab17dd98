#include "dispatch/steer_table.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include "base/descriptor.h"

namespace shoal::dispatch {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

class SteerPen : public testing::Test {
 protected:
  SteerPen() { entry_.given = 7; }

  void turn(std::uint64_t at_ns, std::uint64_t taken) {
    pen().turn_began(at_ns);
    pen().turn_ended(0, taken);
  }
  steer_pen& pen() {
    if (!made_) pen_ = steer_pen(entry_, bell_, fd_.get());
    made_ = true;
    return pen_;
  }
  [[nodiscard]] std::uint64_t on_way() const { return entry_.given - entry_.taken; }

  steer_entry entry_{};
  steer_bell bell_{};
  descriptor fd_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};

 private:
  steer_pen pen_;
  bool made_ = false;
};

TEST_F(SteerPen, AWorkerStartsWithNothingOnItsWay) {
  turn(5, 0);
  EXPECT_EQ(on_way(), 0U);
}

TEST_F(SteerPen, ATurnIsSeenWhileItLasts) {
  pen().turn_began(42);
  EXPECT_EQ(entry_.turn_began_ns, 42U);
  pen().turn_ended(300, 0);
  EXPECT_EQ(entry_.turn_began_ns, 0U);
  EXPECT_EQ(entry_.work_us, 300U);
}

TEST_F(SteerPen, WhatIsGivenIsOnItsWayUntilItIsTaken) {
  turn(1, 0);
  entry_.given += 3;
  EXPECT_EQ(on_way(), 3U);
  turn(2, 2);
  EXPECT_EQ(on_way(), 1U);
}

TEST_F(SteerPen, WhatNeverComesIsForgottenAfterASecond) {
  turn(1, 0);
  entry_.given += 3;
  turn(2 + second, 1);
  EXPECT_EQ(on_way(), 2U) << "given less than a look ago";
  entry_.given += 1;
  turn(3 + 2 * second, 1);
  EXPECT_EQ(on_way(), 1U);
  turn(4 + 3 * second, 2);
  EXPECT_EQ(on_way(), 0U);
}

TEST_F(SteerPen, WhatTheKernelsHashGaveIsForgottenToo) {
  turn(1, 100);  // nobody counted them
  turn(2 + second, 100);
  entry_.given += 2;
  EXPECT_EQ(on_way(), 2U);
}

TEST_F(SteerPen, ABellRingsOnce) {
  bell_.armed = 1;
  pen().turn_began(1);
  pen().turn_began(2);
  std::uint64_t rings = 0;
  ASSERT_EQ(::read(fd_.get(), &rings, sizeof rings), 8);
  EXPECT_EQ(rings, 1U);
  EXPECT_EQ(bell_.armed, 0U);
}

TEST(SteerPenWithoutEntry, DoesNothing) {
  steer_pen none;
  none.turn_began(1);
  none.turn_ended(1, 1);
  none.may_be_chosen(true);
}

}  // namespace
}  // namespace shoal::dispatch
