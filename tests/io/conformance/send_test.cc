#include <algorithm>
#include <cerrno>
#include <csignal>

#include "conformance.h"

namespace shoal::io::conformance {
namespace {

class Send : public conformance {
 protected:
  /// Lets the peer read until it has `size` bytes.
  [[nodiscard]] bool drain(peer& far, std::string& into, std::size_t size,
                           std::size_t most = 1 << 20) {
    return run_until([&] {
      into += far.receive(most);
      return into.size() >= size || far.ended();
    });
  }
};

TEST_P(Send, BytesArriveAndTheOutcomeSaysHowMany) {
  auto [socket, far] = scene().connected();
  auto& op = make<sender>();
  send(op, socket, "hello");

  ASSERT_TRUE(run_until([&] { return op.done(); }));
  EXPECT_EQ(op.last(), 5);
  std::string heard;
  ASSERT_TRUE(drain(*far, heard, 5));
  EXPECT_EQ(heard, "hello");
}

TEST_P(Send, FarMoreThanTheSocketHoldsArrivesExact) {
  auto [socket, far] = scene().connected();
  const std::string all = pattern(4 << 20);
  auto& op = make<sender>();
  send(op, socket, all);

  std::string heard;
  ASSERT_TRUE(drain(*far, heard, all.size()));
  EXPECT_TRUE(heard == all);
  ASSERT_TRUE(run_until([&] { return op.done(); }));
  EXPECT_EQ(op.last(), static_cast<int>(all.size()));
  EXPECT_EQ(op.count(), 1U) << "one outcome, however many steps";
}

TEST_P(Send, APeerThatStopsReadingHoldsItUpAndThenGetsEveryByte) {
  auto [socket, far] = scene().connected();
  const std::string all = pattern(1 << 20);
  auto& op = make<sender>();
  send(op, socket, all);
  settle(50);
  ASSERT_TRUE(op.in_flight()) << "the peer has read nothing";

  std::string heard;
  ASSERT_TRUE(drain(*far, heard, 10000, 100));
  settle();
  EXPECT_TRUE(op.in_flight());
  ASSERT_TRUE(drain(*far, heard, all.size()));
  EXPECT_TRUE(heard == all);
  EXPECT_TRUE(run_until([&] { return op.done(); }));
}

TEST_P(Send, OneThatIsStuckDoesNotHoldUpReceiving) {
  auto [socket, far] = scene().connected(1 << 13);
  auto& receive = started<receiver>(socket);
  const std::string all = pattern(1 << 20);
  auto& op = make<sender>();
  send(op, socket, all);
  settle();
  (void)far->send("are you there?");
  EXPECT_TRUE(run_until([&] { return receive.bytes == "are you there?"; }));
  EXPECT_TRUE(op.in_flight());
}

TEST_P(Send, BothDirectionsAtOnceKeepTheirBytes) {
  auto [socket, far] = scene().connected();
  auto& receive = started<receiver>(socket);
  const std::string all = pattern(300'000);
  auto& op = make<sender>();
  send(op, socket, all);

  std::string heard;
  std::size_t sent = 0;
  ASSERT_TRUE(run_until([&] {
    sent += far->send(std::string_view(all).substr(sent));
    heard += far->receive(7000);
    return heard.size() == all.size() && receive.bytes.size() == all.size();
  }));
  EXPECT_TRUE(heard == all);
  EXPECT_TRUE(receive.bytes == all);
}

TEST_P(Send, InARowKeepTheirOrder) {
  auto [socket, far] = scene().connected();
  auto& op = make<sender>();
  std::vector<std::string> words;
  for (int i = 0; i < 50; ++i) words.push_back(std::to_string(i) + ' ');
  std::string expected;
  for (const auto& w : words) expected += w;
  op.then = [&, near = socket](outcome) {
    if (op.count() < words.size()) send(op, near, words[op.count()]);
  };
  send(op, socket, words[0]);

  std::string heard;
  ASSERT_TRUE(drain(*far, heard, expected.size()));
  EXPECT_EQ(heard, expected);
  ASSERT_TRUE(run_until([&] { return op.count() == words.size(); }));
  op.then = nullptr;
}

TEST_P(Send, MoreFollowsJoinsWithWhatFollows) {
  auto [socket, far] = scene().connected();
  auto& head = make<sender>();
  auto& body = make<sender>();
  head.more_follows = true;
  head.then = [&, near = socket](outcome) { send(body, near, "body"); };
  send(head, socket, "head ");

  ASSERT_TRUE(run_until([&] { return body.done(); }));
  std::string heard;
  ASSERT_TRUE(drain(*far, heard, 9));
  EXPECT_EQ(heard, "head body");
}

TEST_P(Send, ManyOfOneTurnAllArrive) {
  std::vector<connection> all;
  std::vector<sender*> senders;
  for (int i = 0; i < 64; ++i) {
    all.push_back(scene().connected());
    senders.push_back(&make<sender>());
    send(*senders.back(), all.back().socket, "same turn");
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::string heard;
    ASSERT_TRUE(drain(*all[i].far, heard, 9));
    EXPECT_EQ(heard, "same turn");
    ASSERT_TRUE(run_until([&] { return senders[i]->done(); }));
    EXPECT_EQ(senders[i]->last(), 9);
  }
}

bool means_gone(int value) { return value == -EPIPE || value == -ECONNRESET; }

TEST_P(Send, ToAPeerThatResetIsAnErrorAndNoSignal) {
  struct sigaction before{};
  ASSERT_EQ(::sigaction(SIGPIPE, nullptr, &before), 0);
  ASSERT_EQ(before.sa_handler, SIG_DFL) << "a signal would end this test";
  auto [socket, far] = scene().connected();
  far->reset();
  settle();

  for (int i = 0; i < 2; ++i) {  // the second one meets EPIPE, whatever the first one met
    auto& op = make<sender>();
    send(op, socket, "anybody?");
    ASSERT_TRUE(run_until([&] { return op.done(); }));
    EXPECT_TRUE(means_gone(op.last())) << op.last();
  }
}

TEST_P(Send, ToAPeerThatClosedFailsSoonerOrLater) {
  auto [socket, far] = scene().connected();
  far->close();
  settle();
  auto& op = make<sender>();
  for (int i = 0; i < 20 && op.last() >= 0; ++i) {
    send(op, socket, "anybody?");
    ASSERT_TRUE(run_until([&] { return op.done(); }));
  }
  EXPECT_TRUE(means_gone(op.last())) << op.last();
}

TEST_P(Send, AResetEndsOneThatIsStuck) {
  auto [socket, far] = scene().connected(1 << 13);
  const std::string all = pattern(1 << 20);
  auto& op = make<sender>();
  send(op, socket, all);
  settle();
  far->reset();
  ASSERT_TRUE(run_until([&] { return op.done(); }));
  EXPECT_TRUE(means_gone(op.last())) << op.last();
}

TEST_P(Send, ShutdownTellsThePeerTheEndAndReceivingGoesOn) {
  auto [socket, far] = scene().connected();
  auto& receive = started<receiver>(socket);
  auto& op = make<sender>();
  send(op, socket, "that is all");
  ASSERT_TRUE(run_until([&] { return op.done(); }));
  io().shutdown_send(socket);

  std::string heard;
  ASSERT_TRUE(run_until([&] {
    heard += far->receive();
    return far->ended();
  }));
  EXPECT_EQ(heard, "that is all");
  EXPECT_FALSE(far->was_reset());
  (void)far->send("understood");
  EXPECT_TRUE(run_until([&] { return receive.bytes == "understood"; }));
}

SHOAL_CONFORMANCE(Send);

}  // namespace
}  // namespace shoal::io::conformance
