#include "cluster/node/roll_call.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <future>
#include <vector>

namespace shoal::cluster {
namespace {

bool readable(const roll_call& call) {
  pollfd source{call.fd(), POLLIN, 0};
  return ::poll(&source, 1, 0) == 1;
}

std::vector<std::future<bool>> boot(roll_call& call, int workers) {
  std::vector<std::future<bool>> all;
  for (int i = 0; i < workers; ++i) {
    all.push_back(std::async(std::launch::async, [&] { return call.booted(); }));
  }
  return all;
}

TEST(RollCall, AllAreLetInOnceAllHaveBooted) {
  roll_call call(3);
  for (auto& admitted : boot(call, 3)) EXPECT_TRUE(admitted.get());
  EXPECT_FALSE(call.call_off()) << "too late: they are in";
}

TEST(RollCall, OneThatFailsKeepsAllOut) {
  roll_call call(3);
  auto others = boot(call, 2);
  call.failed("no ring");
  call.failed("no ring either");
  for (auto& admitted : others) EXPECT_FALSE(admitted.get());
  EXPECT_TRUE(readable(call));
  EXPECT_EQ(call.look().failure, "no ring");
  EXPECT_FALSE(readable(call));
}

TEST(RollCall, WhoBootsAfterItWasCalledOffIsNotLetIn) {
  roll_call call(2);
  EXPECT_TRUE(call.call_off());
  for (auto& admitted : boot(call, 2)) EXPECT_FALSE(admitted.get());
}

TEST(RollCall, TheMainThreadHearsOfServiceAndOfTheEnd) {
  roll_call call(2);
  call.serving();
  EXPECT_TRUE(readable(call));
  EXPECT_FALSE(call.look().all_serve);
  call.serving();
  EXPECT_TRUE(call.look().all_serve);
  call.ended();
  EXPECT_FALSE(call.look().all_ended);
  call.ended();
  EXPECT_TRUE(readable(call));
  EXPECT_TRUE(call.look().all_ended);
}

TEST(RollCall, WorkersHaveDrainedWhenNobodyHolds) {
  roll_call call(2);
  call.hold();  // the first has given a connection to the second
  call.let_go();
  EXPECT_FALSE(call.look().all_drained);
  call.let_go();
  EXPECT_FALSE(call.look().all_drained) << "it is on its way";
  call.let_go();
  EXPECT_TRUE(readable(call));
  EXPECT_TRUE(call.look().all_drained);
}

}  // namespace
}  // namespace shoal::cluster
