// A turn: what wait() and deliver() promise.
#include "conformance.h"

namespace shoal::io::conformance {
namespace {

using std::chrono::milliseconds;

class Turn : public conformance {};

/// A world may be of a driver that goes without something.
TEST_P(Turn, NamesItsDriver) { EXPECT_TRUE(GetParam().name.starts_with(io().name())); }

TEST_P(Turn, TimeStandsStillBetweenWaitsAndNeverGoesBack) {
  auto [socket, far] = scene().connected();
  auto& receive = started<receiver>(socket);
  monotonic_time before = io().now();
  receive.then = [&](outcome) { EXPECT_EQ(io().now(), before); };
  for (int i = 0; i < 200; ++i) {
    if (i % 10 == 0) (void)far->send("x");
    io().wait(io().now() + milliseconds(i % 3 == 0 ? 1 : 0));
    ASSERT_GE(io().now(), before);
    before = io().now();
    deliver();
    ASSERT_EQ(io().now(), before);
  }
}

TEST_P(Turn, WaitEndsAtItsTimeAndNotEarlier) {
  const monotonic_time until = io().now() + milliseconds(20);
  for (int i = 0; i < 10 && io().now() < until; ++i) turn(until);  // an early end is allowed
  EXPECT_GE(io().now(), until);
}

TEST_P(Turn, ATimeInThePastPolls) {
  const monotonic_time before = io().now();
  for (int i = 0; i < 100; ++i) turn(before);
  turn(monotonic_time::min());  // what a loop says that has work of its own
  EXPECT_LT(io().now() - before, std::chrono::seconds(10));
}

TEST_P(Turn, WaitEndsEarlyForAnOutcome) {
  auto [socket, far] = scene().connected();
  auto& receive = started<receiver>(socket);
  const monotonic_time before = io().now();
  (void)far->send("now");
  for (int i = 0; i < 100 && receive.bytes.empty(); ++i) turn(before + std::chrono::hours(1));
  EXPECT_EQ(receive.bytes, "now");
  EXPECT_LT(io().now() - before, std::chrono::minutes(1));
}

TEST_P(Turn, StartAndCancelAndWaitResumeNothing) {
  auto [socket, far] = scene().connected();
  (void)far->send("there already");
  auto& receive = started<receiver>(socket);
  auto& op = make<sender>();
  send(op, socket, "could be sent at once");
  auto& nowhere = started<receiver>(-1);
  EXPECT_EQ(receive.count() + op.count() + nowhere.count(), 0U);
  EXPECT_TRUE(op.in_flight());
  io().cancel(receive);
  io().wait({});
  io().wait({});
  EXPECT_EQ(receive.count() + op.count() + nowhere.count(), 0U);
  EXPECT_TRUE(run_until([&] { return receive.done() && op.done() && nowhere.done(); }));
}

TEST_P(Turn, AnOutcomeOfASendNeedsNoFurtherEvent) {
  auto [socket, far] = scene().connected();
  auto& op = make<sender>();
  send(op, socket, "x");
  for (int i = 0; i < 10 && !op.done(); ++i) turn(io().now() + std::chrono::hours(1));
  EXPECT_TRUE(op.done()) << "or it would wait for an hour, which a timeout of the test ends";
}

TEST_P(Turn, MoreMayCompleteThanAQueueHolds) {
  driver_options tiny;
  tiny.queue_entries = 4;
  reopen(tiny);
  std::vector<connection> all;
  std::vector<receiver*> receivers;
  std::vector<sender*> senders;
  for (int i = 0; i < 60; ++i) {
    all.push_back(scene().connected());
    receivers.push_back(&started<receiver>(all.back().socket));
    senders.push_back(&make<sender>());
    (void)all.back().far->send("in");
  }
  settle(1);
  for (std::size_t i = 0; i < all.size(); ++i) {
    send(*senders[i], all[i].socket, "out");
    (void)all[i].far->send("+in");
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    ASSERT_TRUE(run_until([&] { return receivers[i]->bytes == "in+in" && senders[i]->done(); }));
    std::string heard;
    ASSERT_TRUE(run_until([&] { return (heard += all[i].far->receive()) == "out"; }));
  }
  for (auto* r : receivers) io().cancel(*r);
  for (auto* r : receivers) ASSERT_TRUE(run_until([&] { return r->done(); }));
}

TEST_P(Turn, WhatOneDeliverLeavesTheNextWaitDoesNotBlockFor) {
  driver_options narrow;
  narrow.receive_buffer_bytes = 64;  // so that no turn takes all
  reopen(narrow);
  constexpr std::size_t connections = 32;
  const std::string text = pattern(30000);
  std::vector<connection> all;
  std::vector<receiver*> receivers;
  for (std::size_t i = 0; i < connections; ++i) {
    all.push_back(scene().connected());
    receivers.push_back(&started<receiver>(all.back().socket));
    ASSERT_EQ(all.back().far->send(text), text.size());
  }
  const auto left = [&] {
    std::size_t bytes = connections * text.size();
    for (auto* r : receivers) bytes -= r->bytes.size();
    return bytes;
  };
  const monotonic_time before = io().now();
  for (int i = 0; i < 4000 && left() > 0; ++i) turn(before + std::chrono::hours(1));
  EXPECT_EQ(left(), 0U);
  EXPECT_LT(io().now() - before, std::chrono::minutes(1));
}

TEST_P(Turn, AnOperationThatStartsItselfAgainDoesNotKeepDeliverFromReturning) {
  auto [socket, far] = scene().connected();
  auto& receive = started<receiver>(socket);
  auto& endless = make<sender>();
  endless.then = [&, near = socket](outcome o) {
    if (o.ok()) send(endless, near, "again ");
  };
  send(endless, socket, "again ");
  (void)far->send("and you?");
  std::string heard;
  ASSERT_TRUE(run_until([&] {
    heard += far->receive();
    return endless.count() > 100 && receive.bytes == "and you?";
  })) << "neither may shut out the other";
  endless.then = nullptr;
}

TEST_P(Turn, CountsWhatItDoes) {
  auto [socket, far] = scene().connected();
  const driver_counters before = io().counters();
  auto& receive = started<receiver>(socket);
  auto& op = make<sender>();
  send(op, socket, "x");
  (void)far->send("y");
  ASSERT_TRUE(run_until([&] { return op.done() && receive.bytes == "y"; }));
  const driver_counters after = io().counters();
  EXPECT_EQ(after.submissions - before.submissions, 2U);
  EXPECT_EQ(after.completions - before.completions, 2U);
  EXPECT_GT(after.waits, before.waits);
  if (GetParam().name != "sim") {  // which makes none
    EXPECT_GT(after.system_calls, before.system_calls);
  }
}

SHOAL_CONFORMANCE(Turn);

}  // namespace
}  // namespace shoal::io::conformance
