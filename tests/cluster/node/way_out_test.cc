#include "cluster/node/way_out.h"

#include <gtest/gtest.h>

#include "cluster/channel.h"

namespace shoal::cluster {
namespace {

struct WayOut : testing::Test {
  channel ends = std::move(open_channel().value());
  roll_call workers{1};
  way_out out{ends.process.get(), workers};
  const http::moved_connection one{.socket = 1};
  const monotonic_time now{std::chrono::hours(1)};
};

TEST_F(WayOut, IsShutUntilTheProcessIsReadyAndWhileItDrains) {
  EXPECT_FALSE(out.send(one));
  EXPECT_EQ(out.room(), 0U);
  out.open();
  EXPECT_TRUE(out.send(one));
  out.shut();
  EXPECT_FALSE(out.send(one));
  EXPECT_EQ(out.room(), 0U);
}

TEST_F(WayOut, TheProcessStaysUntilAllThatItSentHasBeenTaken) {
  out.open();
  ASSERT_TRUE(out.send(one));
  ASSERT_TRUE(out.send(one));
  workers.let_go();  // its only worker
  EXPECT_FALSE(workers.look().all_drained);
  out.passed(1, now);
  EXPECT_FALSE(workers.look().all_drained);
  out.passed(1, now);
  EXPECT_TRUE(workers.look().all_drained);
}

TEST_F(WayOut, SoManyAreUnderWayAtMost) {
  out.open();
  for (unsigned i = 0; i < way_out::most_on_way; ++i) ASSERT_TRUE(out.send(one));
  EXPECT_EQ(out.room(), 0U);
  EXPECT_FALSE(out.send(one));
  out.passed(2, now);
  EXPECT_EQ(out.room(), 2U);
  EXPECT_TRUE(out.send(one));
}

TEST_F(WayOut, HelpGoesOneByOneUntilTheSupervisorIsKnownToBeAwake) {
  using namespace std::chrono_literals;
  out.open();
  EXPECT_EQ(out.room_for_help(now), 1U);
  ASSERT_TRUE(out.send(one));
  EXPECT_EQ(out.room_for_help(now), 0U) << "it may be stopped";
  EXPECT_EQ(out.room(), way_out::most_on_way - 1) << "for what has to go";
  out.passed(1, now);
  EXPECT_EQ(out.room_for_help(now + 19ms), way_out::most_on_way);
  EXPECT_EQ(out.room_for_help(now + 20ms), 1U);
  out.shut();
  EXPECT_EQ(out.room_for_help(now), 0U);
}

TEST_F(WayOut, WhatCouldNotBeSentHoldsNobody) {
  out.open();
  ends.supervisor.reset();
  EXPECT_FALSE(out.send(one));
  EXPECT_EQ(out.room(), way_out::most_on_way);
  workers.let_go();
  EXPECT_TRUE(workers.look().all_drained);
}

}  // namespace
}  // namespace shoal::cluster
