// Receive buffers: few, shared, and sometimes all taken.
#include "conformance.h"

namespace shoal::io::conformance {
namespace {

class Buffers : public conformance {
 protected:
  static constexpr unsigned buffers = 4;
  static constexpr unsigned bytes_each = 256;

  void SetUp() override {
    conformance::SetUp();
    if (IsSkipped()) return;
    driver_options few;
    few.receive_buffers = buffers;
    few.receive_buffer_bytes = bytes_each;
    reopen(few);
  }
};

TEST_P(Buffers, TenWritersShareFourAndNothingIsLost) {
  std::vector<connection> all;
  std::vector<receiver*> receivers;
  for (int i = 0; i < 10; ++i) {
    all.push_back(scene().connected());
    receivers.push_back(&started<receiver>(all.back().socket));
  }
  const std::string text = pattern(20000);
  std::vector<std::size_t> sent(all.size());
  ASSERT_TRUE(run_until([&] {
    bool complete = true;
    for (std::size_t i = 0; i < all.size(); ++i) {
      sent[i] += all[i].far->send(std::string_view(text).substr(sent[i]));
      complete &= receivers[i]->bytes.size() == text.size();
    }
    return complete;
  }));
  for (auto* r : receivers) EXPECT_TRUE(r->bytes == text);
}

TEST_P(Buffers, WhileAllAreHeldNothingComesAndNobodyIsTold) {
  connection greedy = scene().connected();
  connection patient = scene().connected();
  auto& holder = started<receiver>(greedy.socket);
  holder.hold = true;
  ASSERT_EQ(greedy.far->send(pattern(20000)), 20000U);
  ASSERT_TRUE(run_until([&] { return holder.held.size() == buffers; }));
  auto& waiter = started<receiver>(patient.socket);
  (void)patient.far->send("when you can");
  settle(50);
  EXPECT_EQ(waiter.count(), 0U);
  EXPECT_TRUE(waiter.in_flight());
  EXPECT_EQ(holder.held.size(), buffers);
  EXPECT_GT(io().counters().buffers_exhausted, 0U);

  holder.hold = false;
  holder.held.clear();
  EXPECT_TRUE(run_until([&] { return waiter.bytes == "when you can"; }));
  EXPECT_TRUE(run_until([&] { return holder.bytes.size() == 20000; }));
  EXPECT_EQ(holder.bytes, pattern(20000));
}

TEST_P(Buffers, OneThatReturnsGoesRoundEveryoneWhoWaits) {
  connection greedy = scene().connected();
  auto& holder = started<receiver>(greedy.socket);
  holder.hold = true;
  ASSERT_EQ(greedy.far->send(pattern(bytes_each * buffers)), bytes_each * buffers);
  ASSERT_TRUE(run_until([&] { return holder.held.size() == buffers; }));

  std::vector<connection> all;
  std::vector<receiver*> waiters;
  for (int i = 0; i < 10; ++i) {
    all.push_back(scene().connected());
    waiters.push_back(&started<receiver>(all.back().socket));
    ASSERT_EQ(all.back().far->send(pattern(5000)), 5000U);
  }
  settle(50);
  holder.held.pop_back();  // one buffer for ten, the other three stay where they are
  ASSERT_TRUE(run_until([&] {
    for (auto* w : waiters) {
      if (w->bytes.size() < 5000) return false;
    }
    return true;
  }));
  for (auto* w : waiters) EXPECT_EQ(w->bytes, pattern(5000));
}

TEST_P(Buffers, ThoseWhoHoldOneUntilTheTurnEndsDoNotStarveAnotherForEver) {
  if (!keeps_turns_apart())
    GTEST_SKIP() << "a thread may give what has come back to those again, each time";
  std::vector<connection> all;
  std::vector<receiver*> eager;
  for (unsigned i = 0; i < buffers + 2; ++i) {
    all.push_back(scene().connected());
    eager.push_back(&started<receiver>(all.back().socket));
    eager.back()->hold = true;
  }
  connection late = scene().connected();
  auto& waiter = started<receiver>(late.socket);
  const std::string noise(bytes_each * 2, 'n');
  for (int turns = 0; turns < 300 && waiter.bytes.empty(); ++turns) {
    for (auto& c : all) (void)c.far->send(noise);
    if (turns == 5) (void)late.far->send("me too");
    turn(io().now() + std::chrono::milliseconds(1));
    for (auto* r : eager) r->held.clear();
  }
  EXPECT_EQ(waiter.bytes, "me too");
}

TEST_P(Buffers, AHeldLeaseKeepsItsBytesForManyTurns) {
  connection a = scene().connected();
  connection b = scene().connected();
  auto& holder = started<receiver>(a.socket);
  holder.hold = true;
  (void)a.far->send("do not touch");
  ASSERT_TRUE(run_until([&] { return holder.held.size() == 1; }));

  auto& busy = started<receiver>(b.socket);
  const std::string text = pattern(50000);
  std::size_t sent = 0;
  ASSERT_TRUE(run_until([&] {
    sent += b.far->send(std::string_view(text).substr(sent));
    return busy.bytes.size() == text.size();
  }));
  const auto bytes = holder.held[0].bytes();
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), "do not touch");
}

TEST_P(Buffers, OneWhoWaitsCanBeCancelled) {
  connection greedy = scene().connected();
  connection patient = scene().connected();
  auto& holder = started<receiver>(greedy.socket);
  holder.hold = true;
  ASSERT_EQ(greedy.far->send(pattern(5000)), 5000U);
  ASSERT_TRUE(run_until([&] { return holder.held.size() == buffers; }));
  auto& waiter = started<receiver>(patient.socket);
  (void)patient.far->send("never mind");
  settle();
  finish(waiter);
  EXPECT_EQ(waiter.count(), 1U);
  io().close(patient.socket);
  holder.hold = false;
  holder.held.clear();
  EXPECT_TRUE(run_until([&] { return holder.bytes.size() == 5000; }));
  EXPECT_EQ(waiter.count(), 1U);
}

TEST_P(Buffers, TheEndIsToldAlsoToOneWhoWaited) {
  connection greedy = scene().connected();
  connection patient = scene().connected();
  auto& holder = started<receiver>(greedy.socket);
  holder.hold = true;
  ASSERT_EQ(greedy.far->send(pattern(5000)), 5000U);
  ASSERT_TRUE(run_until([&] { return holder.held.size() == buffers; }));
  auto& waiter = started<receiver>(patient.socket);
  (void)patient.far->send("bye");
  patient.far->close();
  settle();
  holder.hold = false;
  holder.held.clear();
  ASSERT_TRUE(run_until([&] { return waiter.done(); }));
  EXPECT_EQ(waiter.bytes, "bye");
  EXPECT_EQ(waiter.last(), 0);
}

SHOAL_CONFORMANCE(Buffers);

}  // namespace
}  // namespace shoal::io::conformance
