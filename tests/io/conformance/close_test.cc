// Ends: of a socket, whose number comes back at once, and of the driver in the middle of its work.
#include <cerrno>

#include "conformance.h"

namespace shoal::io::conformance {
namespace {

class Close : public conformance {};

TEST_P(Close, TellsThePeerTheEnd) {
  auto [socket, far] = scene().connected();
  io().close(socket);
  EXPECT_TRUE(run_until([&] {
    (void)far->receive();
    return far->ended();
  }));
  EXPECT_FALSE(far->was_reset());
}

TEST_P(Close, AReusedNumberHearsNothingOfItsPredecessor) {
  if (!keeps_turns_apart()) GTEST_SKIP() << "a thread may accept before it closes";
  const int listener = scene().listen();
  auto& accept = started<acceptor>(listener);
  auto before = scene().connect(listener);
  ASSERT_TRUE(run_until([&] { return accept.sockets.size() == 1; }));
  const int socket = accept.sockets[0];
  auto& receive = started<receiver>(socket);
  settle();
  // Bytes and an end are on their way while the receive is cancelled and the socket closed.
  (void)before->send("for the dead");
  before->shutdown_send();
  finish(receive);

  auto after = scene().connect(listener);  // before the close, or the far end gets the number
  io().close(socket);
  ASSERT_TRUE(run_until([&] { return accept.sockets.size() == 2; }));
  ASSERT_EQ(accept.sockets[1], socket) << "the lowest number is free, so it is given out next";
  auto& heir = started<receiver>(socket);
  settle();
  EXPECT_EQ(heir.count(), 0U);
  (void)after->send("for the living");
  EXPECT_TRUE(run_until([&] { return heir.bytes == "for the living"; }));
}

TEST_P(Close, OfANumberThatIsReusedWithinOneTurn) {
  const int listener = scene().listen();
  auto& accept = started<acceptor>(listener);
  auto before = scene().connect(listener);
  ASSERT_TRUE(run_until([&] { return accept.sockets.size() == 1; }));
  const int socket = accept.sockets[0];
  auto& receive = started<receiver>(socket);
  auto& heir = make<receiver>();
  receive.then = [&](outcome o) {
    if (!o.more) io().close(receive.socket);
  };
  accept.then = [&](outcome o) {
    if (o.ok()) start(heir, o.value);
  };
  settle();
  before->close();  // the end, the close and the next accept may all come in one turn
  auto after = scene().connect(listener);
  (void)after->send("heir");
  ASSERT_TRUE(run_until([&] { return heir.bytes == "heir"; }));
  EXPECT_EQ(receive.count(), 1U);
  accept.then = nullptr;
}

TEST_P(Close, ManyGenerationsOfOneNumber) {
  const int listener = scene().listen();
  auto& accept = started<acceptor>(listener);
  auto& receive = make<receiver>();
  for (int i = 0; i < 200; ++i) {
    auto far = scene().connect(listener);
    const std::string word = std::to_string(i);
    (void)far->send(word);
    ASSERT_TRUE(run_until([&] { return !accept.sockets.empty(); }));
    receive.bytes.clear();
    start(receive, accept.sockets[0]);
    ASSERT_TRUE(run_until([&] { return receive.bytes.size() >= word.size(); }));
    ASSERT_EQ(receive.bytes, word);
    if (i % 2 == 0) far->close();
    finish(receive);
    io().close(accept.sockets[0]);
    accept.sockets.clear();
  }
}

TEST_P(Close, ANumberThatComesBackFromElsewhereIsNew) {
  for (int round = 0; round < 3; ++round) {
    std::vector<connection> all;
    for (int i = 0; i < 8; ++i) all.push_back(scene().connected());
    for (auto& c : all) {
      auto& receive = started<receiver>(c.socket);
      (void)c.far->send("new");
      ASSERT_TRUE(run_until([&] { return receive.bytes == "new"; }));
      finish(receive);
    }
    for (auto& c : all) io().close(c.socket);
  }
}

TEST_P(Close, OfAListenerEndsItsQueue) {
  const int listener = scene().listen();
  auto& accept = started<acceptor>(listener);
  settle();
  finish(accept);
  const auto far = scene().connect(listener);
  io().close(listener);
  EXPECT_TRUE(run_until([&] {
    (void)far->receive();
    return far->ended();
  }));
}

TEST_P(Close, TheDriverMayEndWithEverythingInFlight) {
  const int listener = scene().listen();
  (void)started<acceptor>(listener);
  connection a = scene().connected(1 << 13);
  connection b = scene().connected();
  (void)started<receiver>(a.socket);
  auto& cancelled = started<receiver>(b.socket);
  const std::string all = pattern(1 << 20);
  auto& stuck = make<sender>();
  send(stuck, a.socket, all);
  auto& quick = make<sender>();
  send(quick, b.socket, "quick");
  io().cancel(cancelled);
  scene().close_driver();
  EXPECT_EQ(cancelled.count() + stuck.count() + quick.count(), 0U);
}

TEST_P(Close, TheDriverMayEndInTheMiddleOfATurn) {
  const int listener = scene().listen();
  auto& accept = started<acceptor>(listener);
  auto [socket, far] = scene().connected();
  auto& receive = started<receiver>(socket);
  settle();
  (void)far->send("unheard");
  const auto another = scene().connect(listener);
  io().wait(io().now() + std::chrono::milliseconds(5));
  scene().close_driver();
  EXPECT_EQ(receive.count() + accept.count(), 0U);
}

SHOAL_CONFORMANCE(Close);

}  // namespace
}  // namespace shoal::io::conformance
