#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/random.h"
#include "conformance.h"

namespace shoal::io::conformance {
namespace {

class Receive : public conformance {};

TEST_P(Receive, BytesComeWithMoreToCome) {
  auto [socket, far] = scene().connected();
  auto& receive = started<receiver>(socket);
  (void)far->send("hello");

  ASSERT_TRUE(run_until([&] { return receive.bytes == "hello"; }));
  EXPECT_TRUE(receive.outcomes.back().more);
  (void)far->send(" again");
  EXPECT_TRUE(run_until([&] { return receive.bytes == "hello again"; }));
}

TEST_P(Receive, BytesThatWereThereBeforeItBeganAreReceived) {
  auto [socket, far] = scene().connected();
  (void)far->send("early");
  settle();
  auto& receive = started<receiver>(socket);
  EXPECT_TRUE(run_until([&] { return receive.bytes == "early"; }));
}

TEST_P(Receive, TheEndIsZeroAndSticky) {
  auto [socket, far] = scene().connected();
  auto& receive = started<receiver>(socket);
  far->close();

  for (std::size_t times = 1; times <= 3; ++times) {
    ASSERT_TRUE(run_until([&] { return receive.count() == times; }));
    EXPECT_EQ(receive.last(), 0);
    EXPECT_TRUE(receive.done());
    start(receive, socket);
  }
}

TEST_P(Receive, AllBytesComeBeforeTheEnd) {
  auto [socket, far] = scene().connected();
  auto& receive = started<receiver>(socket);
  (void)far->send("last words");
  far->close();

  ASSERT_TRUE(run_until([&] { return receive.done(); }));
  EXPECT_EQ(receive.bytes, "last words");
  EXPECT_EQ(receive.last(), 0);
}

TEST_P(Receive, TheEndThatFollowsReceivedBytesIsToldToo) {
  auto [socket, far] = scene().connected();
  auto& receive = started<receiver>(socket);
  (void)far->send("a");
  ASSERT_TRUE(run_until([&] { return receive.bytes == "a"; }));
  far->close();
  ASSERT_TRUE(run_until([&] { return receive.done(); }));
  EXPECT_EQ(receive.last(), 0);
}

TEST_P(Receive, BytesInRandomSplitsKeepTheirOrder) {
  const char* given = std::getenv("SHOAL_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 0) : draw_seed();
  SCOPED_TRACE("SHOAL_SEED=" + std::to_string(seed));
  random_source random(seed);
  auto [socket, far] = scene().connected();
  auto& receive = started<receiver>(socket);
  const std::string all = pattern(60000);

  std::size_t sent = 0;
  ASSERT_TRUE(run_until([&] {
    for (auto pieces = random.below(4); pieces > 0 && sent < all.size(); --pieces) {
      const std::size_t size = std::size_t{1} << random.below(13);
      sent += far->send(std::string_view(all).substr(sent, 1 + random.below(size)));
    }
    return receive.bytes.size() == all.size();
  }));
  EXPECT_EQ(receive.bytes, all);
}

TEST_P(Receive, FarMoreThanABufferHoldsComesWhole) {
  auto [socket, far] = scene().connected();
  auto& receive = started<receiver>(socket);
  const std::string all = pattern(1 << 20);

  std::size_t sent = 0;
  ASSERT_TRUE(run_until([&] {
    sent += far->send(std::string_view(all).substr(sent));
    return receive.bytes.size() == all.size();
  }));
  EXPECT_TRUE(receive.bytes == all);
}

TEST_P(Receive, ExactlyOneBufferfulAndThenNothingIsNoEnd) {
  auto [socket, far] = scene().connected();
  auto& receive = started<receiver>(socket);
  const std::string full = pattern(driver_options{}.receive_buffer_bytes);
  for (int i = 1; i <= 3; ++i) {
    ASSERT_EQ(far->send(full), full.size());
    ASSERT_TRUE(run_until([&] { return receive.bytes.size() == full.size() * i; }));
    settle();
    EXPECT_TRUE(receive.in_flight());
  }
}

TEST_P(Receive, AResetIsAnErrorAndTheLastOutcome) {
  auto [socket, far] = scene().connected();
  auto& receive = started<receiver>(socket);
  (void)far->send("x");
  ASSERT_TRUE(run_until([&] { return receive.bytes == "x"; }));
  far->reset();

  ASSERT_TRUE(run_until([&] { return receive.done(); }));
  EXPECT_EQ(receive.last(), -ECONNRESET);
  settle();
}

TEST_P(Receive, AnAnswerReachesAPeerThatHasSentItsEnd) {
  auto [socket, far] = scene().connected();
  auto& receive = started<receiver>(socket);
  (void)far->send("question");
  far->shutdown_send();
  ASSERT_TRUE(run_until([&] { return receive.done(); }));
  EXPECT_EQ(receive.bytes, "question");

  auto& answer = make<sender>();
  send(answer, socket, "answer");
  ASSERT_TRUE(run_until([&] { return answer.done(); }));
  io().close(socket);
  std::string heard;
  ASSERT_TRUE(run_until([&] {
    heard += far->receive();
    return far->ended();
  }));
  EXPECT_EQ(heard, "answer");
  EXPECT_FALSE(far->was_reset());
}

TEST_P(Receive, ConnectionsDoNotMix) {
  constexpr std::size_t connections = 64;
  std::vector<connection> all;
  std::vector<receiver*> receivers;
  for (std::size_t i = 0; i < connections; ++i) {
    all.push_back(scene().connected());
    receivers.push_back(&started<receiver>(all[i].socket));
  }
  const auto word = [](std::size_t i, int round) {
    return std::to_string(i) + '.' + std::to_string(round) + ';';
  };
  std::vector<std::string> expected(connections);
  for (int round = 0; round < 10; ++round) {
    for (std::size_t i = 0; i < connections; ++i) {
      (void)all[i].far->send(word(i, round));
      expected[i] += word(i, round);
    }
    if (round % 3 == 0) settle(1);
  }
  for (std::size_t i = 0; i < connections; ++i) {
    ASSERT_TRUE(run_until([&] { return receivers[i]->bytes.size() >= expected[i].size(); }));
    EXPECT_EQ(receivers[i]->bytes, expected[i]);
  }
}

TEST_P(Receive, APeerThatNeverPausesDoesNotShutOutAnother) {
  connection loud = scene().connected();
  connection quiet = scene().connected();
  auto& flood = started<receiver>(loud.socket);
  auto& word = started<receiver>(quiet.socket);
  const std::string noise(1 << 16, 'n');

  int turns = 0;
  for (; turns < 100 && word.bytes.empty(); ++turns) {
    (void)loud.far->send(noise);
    if (turns == 3) (void)quiet.far->send("!");
    turn(io().now() + std::chrono::milliseconds(1));
  }
  EXPECT_EQ(word.bytes, "!");
  EXPECT_FALSE(flood.bytes.empty());
}

TEST_P(Receive, MayBeStartedAgainFromItsLastOutcome) {
  auto [socket, far] = scene().connected();
  auto& receive = started<receiver>(socket);
  receive.then = [&, near = socket](outcome o) {
    if (!o.more && receive.count() < 3) start(receive, near);
  };
  far->close();
  ASSERT_TRUE(run_until([&] { return receive.done() && receive.count() == 3; }));
  EXPECT_EQ(receive.last(), 0);
}

TEST_P(Receive, OnSomethingThatIsNoSocketEndsWithAnError) {
  auto& receive = started<receiver>(-1);
  ASSERT_TRUE(run_until([&] { return receive.done(); }));
  EXPECT_LT(receive.last(), 0);
}

SHOAL_CONFORMANCE(Receive);

}  // namespace
}  // namespace shoal::io::conformance
