// Cancel against completion, in every order. Whatever wins, an operation has exactly one last
// outcome (every recorder checks that) and no byte is lost.
#include <cerrno>

#include "conformance.h"

namespace shoal::io::conformance {
namespace {

class Cancel : public conformance {
 protected:
  /// The rest of `expected` comes to a receive that starts after `first` has ended.
  void expect_rest(const receiver& first, int socket, std::string_view expected) {
    auto& second = started<receiver>(socket);
    EXPECT_TRUE(run_until([&] { return (first.bytes + second.bytes).size() >= expected.size(); }));
    EXPECT_EQ(first.bytes + second.bytes, expected);
  }
};

TEST_P(Cancel, AReceiveThatHasNothingAnswersOnce) {
  auto [socket, far] = scene().connected();
  auto& receive = started<receiver>(socket);
  settle();
  finish(receive);
  EXPECT_EQ(receive.last(), -ECANCELED);
  settle();
  EXPECT_EQ(receive.count(), 1U);
}

TEST_P(Cancel, BeforeTheFirstTurnAnswersToo) {
  auto [socket, far] = scene().connected();
  auto& receive = started<receiver>(socket);
  finish(receive);
  EXPECT_EQ(receive.last(), -ECANCELED);
}

TEST_P(Cancel, WithBytesThereLosesNone) {
  auto [socket, far] = scene().connected();
  auto& receive = started<receiver>(socket);
  settle();
  (void)far->send("precious");
  finish(receive);
  EXPECT_EQ(receive.last(), -ECANCELED);
  expect_rest(receive, socket, "precious");
}

TEST_P(Cancel, BetweenWaitAndDeliverLosesNone) {
  auto [socket, far] = scene().connected();
  auto& receive = started<receiver>(socket);
  settle();
  (void)far->send("precious");
  io().wait(io().now() + std::chrono::milliseconds(5));
  io().cancel(receive);
  ASSERT_TRUE(run_until([&] { return receive.done(); }));
  EXPECT_EQ(receive.last(), -ECANCELED);
  expect_rest(receive, socket, "precious");
}

TEST_P(Cancel, FromItsOwnOutcomeIsTheLastButOne) {
  auto [socket, far] = scene().connected();
  auto& receive = started<receiver>(socket);
  receive.then = [&](outcome o) {
    if (o.more) io().cancel(receive);
  };
  const std::string all = pattern(20000);
  ASSERT_EQ(far->send(all), all.size());
  ASSERT_TRUE(run_until([&] { return receive.done(); }));
  EXPECT_EQ(receive.last(), -ECANCELED);
  expect_rest(receive, socket, all);
}

TEST_P(Cancel, OfANeighbourFromAnOutcomeOfTheSameTurn) {
  connection a = scene().connected();
  connection b = scene().connected();
  auto& first = started<receiver>(a.socket);
  auto& second = started<receiver>(b.socket);
  first.then = [&](outcome o) {
    if (o.more) io().cancel(second);
  };
  second.then = [&](outcome o) {
    if (o.more) io().cancel(first);
  };
  settle();
  (void)a.far->send("a");
  (void)b.far->send("b");
  ASSERT_TRUE(run_until([&] { return first.done() || second.done(); }));
  settle();
  first.then = second.then = nullptr;
  EXPECT_LE(first.count(), 2U);
  EXPECT_LE(second.count(), 2U);
  finish(first);
  finish(second);
  expect_rest(first, a.socket, "a");
  expect_rest(second, b.socket, "b");
}

TEST_P(Cancel, AgainstThePeersEndIsOneOfTheTwo) {
  auto [socket, far] = scene().connected();
  auto& receive = started<receiver>(socket);
  settle();
  far->close();
  io().cancel(receive);
  ASSERT_TRUE(run_until([&] { return receive.done(); }));
  EXPECT_TRUE(receive.last() == 0 || receive.last() == -ECANCELED);
  settle();
  EXPECT_EQ(receive.count(), 1U);
  start(receive, socket);
  ASSERT_TRUE(run_until([&] { return receive.count() == 2; }));
  EXPECT_EQ(receive.last(), 0);
}

TEST_P(Cancel, TwiceIsOnce) {
  auto [socket, far] = scene().connected();
  auto& receive = started<receiver>(socket);
  settle();
  io().cancel(receive);
  io().cancel(receive);
  ASSERT_TRUE(run_until([&] { return receive.done(); }));
  settle();
  EXPECT_EQ(receive.count(), 1U);
}

TEST_P(Cancel, OfWhatIsNotInFlightDoesNothing) {
  auto [socket, far] = scene().connected();
  auto& receive = make<receiver>();
  receive.socket = socket;
  io().cancel(receive);
  settle();
  EXPECT_EQ(receive.count(), 0U);
  start(receive, socket);
  finish(receive);
  io().cancel(receive);
  settle();
  EXPECT_EQ(receive.count(), 1U);
}

TEST_P(Cancel, AnswersOnlyFromDeliver) {
  auto [socket, far] = scene().connected();
  auto& receive = started<receiver>(socket);
  io().cancel(receive);
  EXPECT_EQ(receive.count(), 0U);
  EXPECT_TRUE(receive.in_flight());
  io().wait({});
  EXPECT_EQ(receive.count(), 0U);
  EXPECT_TRUE(run_until([&] { return receive.done(); }));
}

TEST_P(Cancel, AReceiveMayBeStartedAgainFromItsLastOutcome) {
  auto [socket, far] = scene().connected();
  auto& receive = started<receiver>(socket);
  receive.then = [&, near = socket](outcome o) {
    if (o.value == -ECANCELED) start(receive, near);
  };
  settle();
  io().cancel(receive);
  ASSERT_TRUE(run_until([&] { return receive.count() == 1; }));
  (void)far->send("once more");
  EXPECT_TRUE(run_until([&] { return receive.bytes == "once more"; }));
  receive.then = nullptr;
}

TEST_P(Cancel, OfASendThatIsStuckEndsItAndTheSocketCloses) {
  auto [socket, far] = scene().connected(1 << 13);
  const std::string all = pattern(1 << 20);
  auto& op = make<sender>();
  send(op, socket, all);
  settle();
  ASSERT_TRUE(op.in_flight());
  finish(op);
  EXPECT_EQ(op.last(), -ECANCELED);
  EXPECT_EQ(op.count(), 1U);
  io().close(socket);

  std::string heard;
  ASSERT_TRUE(run_until([&] {
    heard += far->receive();
    return far->ended();
  }));
  EXPECT_EQ(heard, all.substr(0, heard.size())) << "a part, and in order";
}

TEST_P(Cancel, OfASendThatNothingHindersTellsWhatHappened) {
  auto [socket, far] = scene().connected();
  auto& op = make<sender>();
  send(op, socket, "gone?");
  io().cancel(op);
  ASSERT_TRUE(run_until([&] { return op.done(); }));
  EXPECT_TRUE(op.last() == 5 || op.last() == -ECANCELED) << op.last();
  settle();
  EXPECT_EQ(op.count(), 1U);
  if (op.last() == 5) {
    std::string heard;
    EXPECT_TRUE(run_until([&] { return (heard += far->receive()) == "gone?"; }));
  }
}

TEST_P(Cancel, AHundredAtOnceAnswerEach) {
  std::vector<connection> all;
  std::vector<receiver*> receivers;
  for (int i = 0; i < 100; ++i) {
    all.push_back(scene().connected());
    receivers.push_back(&started<receiver>(all.back().socket));
  }
  settle();
  for (std::size_t i = 0; i < all.size(); i += 2) (void)all[i].far->send("x");
  for (auto* r : receivers) io().cancel(*r);
  for (auto* r : receivers) {
    ASSERT_TRUE(run_until([&] { return r->done(); }));
    EXPECT_EQ(r->last(), -ECANCELED);
  }
}

SHOAL_CONFORMANCE(Cancel);

}  // namespace
}  // namespace shoal::io::conformance
