#include "io/sim/world.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace shoal::io::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct acceptor final : accept_op {
  std::vector<int> sockets;
  int last = 0;
  void accepted(outcome o) noexcept override {
    last = o.value;
    if (o.ok()) sockets.push_back(o.value);
  }
};

struct receiver final : receive_op {
  std::vector<std::string> pieces;
  int last = 1;
  std::vector<std::string>* log = nullptr;
  void received(outcome o, lease l) noexcept override {
    last = o.value;
    const auto bytes = l.bytes();
    if (o.more) pieces.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (o.more && log != nullptr) log->push_back(pieces.back());
  }
  [[nodiscard]] std::string all() const {
    std::string s;
    for (const auto& p : pieces) s += p;
    return s;
  }
};

struct sender final : send_op {
  int last = 0;
  void sent(outcome o) noexcept override { last = o.value; }
  void set(std::string_view text) { bytes = std::as_bytes(std::span(text)); }
};

class sim_world_test : public testing::Test {
 protected:
  /// Turns that wait up to a second each.
  static void turns(world& w, int count) {
    for (int i = 0; i < count; ++i) {
      w.io().wait(w.now() + seconds{1});
      w.io().deliver();
    }
  }
  template <typename Op>
  static void start(world& w, Op& op, int socket) {
    op.socket = socket;
    w.io().start(op);
  }
};

TEST_F(sim_world_test, AWorldInWhichNothingCanHappenIsIdleInsteadOfHanging) {
  world w(1);
  loop l(w.io());
  EXPECT_TRUE(w.run(l));
  EXPECT_TRUE(w.idle());
  w.connected().far.send("x");
  l.run_turn();
  EXPECT_TRUE(w.idle()) << "nobody receives: bytes arrive, and that is all";
}

TEST_F(sim_world_test, ALoopThatSleepsMovesTheClockToItsTimer) {
  struct alarm final : timer {
    void expired() noexcept override { rung = true; }
    bool rung = false;
  } alarm;
  world w(1);
  loop l(w.io());
  const monotonic_time when = w.now() + std::chrono::hours{100};
  l.start(alarm, when);
  EXPECT_TRUE(w.run(l, 20));
  EXPECT_TRUE(alarm.rung);
  EXPECT_EQ(w.now(), when);
}

TEST_F(sim_world_test, AScriptRunsAtItsTime) {
  world w(1);
  std::vector<milliseconds> times;
  const monotonic_time began = w.now();
  const auto note = [&] {
    times.push_back(std::chrono::duration_cast<milliseconds>(w.now() - began));
  };
  w.after(milliseconds{30}, note);
  w.after(milliseconds{10}, [&] {
    note();
    w.after(milliseconds{5}, note);
  });
  loop l(w.io());
  w.run(l);
  EXPECT_EQ(times, (std::vector{milliseconds{10}, milliseconds{15}, milliseconds{30}}));
}

TEST_F(sim_world_test, APeersScriptAnswersWhatItHears) {
  world w(1);
  auto [socket, far] = w.connected();
  far.on_received = [](peer& p) {
    if (p.received() == "ping") p.send("pong");
  };
  bool ended = false;
  far.on_ended = [&](peer&) { ended = true; };
  sender s;
  receiver r;
  s.set("ping");
  start(w, r, socket);
  start(w, s, socket);
  turns(w, 5);
  EXPECT_EQ(r.all(), "pong");
  far.shutdown_send();
  turns(w, 3);
  w.io().close(socket);
  turns(w, 2);
  EXPECT_TRUE(ended);
}

TEST_F(sim_world_test, NumbersAreReusedLowestFirst) {
  world w(1);
  const int a = w.fresh_socket();
  const int b = w.fresh_socket();
  const int c = w.fresh_socket();
  EXPECT_EQ(b, a + 1);
  w.io().close(c);
  w.io().close(a);
  EXPECT_EQ(w.fresh_socket(), a);
  EXPECT_EQ(w.fresh_socket(), c);
  EXPECT_EQ(w.open_sockets(), 3U);
}

TEST_F(sim_world_test, ClosingWithUnreadBytesResetsThePeer) {
  world w(1);
  auto [socket, far] = w.connected();
  far.send("unread");
  turns(w, 1);
  w.io().close(socket);
  turns(w, 1);
  EXPECT_TRUE(far.was_reset());
}

TEST_F(sim_world_test, BytesThatComeAfterCloseAreAnsweredWithAReset) {
  world w(1);
  auto [socket, far] = w.connected();
  w.io().close(socket);
  far.send("too late");
  turns(w, 1);
  EXPECT_TRUE(far.was_reset());
}

TEST_F(sim_world_test, AFullQueueLetsAConnectionWait) {
  world w(1);
  const int listener = w.listen(1);
  w.connect(listener);
  peer& second = w.connect(listener);
  turns(w, 1);
  EXPECT_FALSE(second.established());
  acceptor a;
  start(w, a, listener);
  turns(w, 5);
  EXPECT_EQ(a.sockets.size(), 2U);
  EXPECT_TRUE(second.established());
  w.close_driver();
}

// Each fault, alone.

TEST_F(sim_world_test, AShortReadDeliversAPartAndThenTheRest) {
  world w(1, {.short_read = 0.9});
  auto [socket, far] = w.connected();
  receiver r;
  start(w, r, socket);
  const std::string text(1000, 'x');
  far.send(text);
  turns(w, 100);
  EXPECT_GT(r.pieces.size(), 1U);
  EXPECT_EQ(r.all(), text);
  w.close_driver();
}

TEST_F(sim_world_test, AShortSendGoesOnUntilAllHasLeft) {
  world w(1, {.short_send = 0.9});
  auto [socket, far] = w.connected();
  int arrivals = 0;
  far.on_received = [&](peer&) { ++arrivals; };
  sender s;
  const std::string text(1000, 'x');
  s.set(text);
  start(w, s, socket);
  turns(w, 100);
  EXPECT_EQ(s.last, 1000);
  EXPECT_GT(arrivals, 1);
  EXPECT_EQ(far.received(), text);
}

TEST_F(sim_world_test, ASlowPeerReadsTheRestLater) {
  world w(1, {.slow_peer = 0.9});
  auto [socket, far] = w.connected();
  sender s;
  const std::string text(1000, 'x');
  s.set(text);
  start(w, s, socket);
  const monotonic_time began = w.now();
  loop l(w.io());
  w.run(l);
  EXPECT_EQ(far.received(), text);
  EXPECT_GT(w.now(), began);
}

TEST_F(sim_world_test, DelayMovesTheClockAndKeepsTheOrder) {
  world w(1, {.delay = 0.9});
  auto [socket, far] = w.connected();
  receiver r;
  start(w, r, socket);
  const monotonic_time began = w.now();
  std::string all;
  for (int i = 0; i < 50; ++i) {
    far.send(std::to_string(i));
    all += std::to_string(i);
  }
  loop l(w.io());
  w.run(l);
  EXPECT_EQ(r.all(), all);
  EXPECT_GT(w.now(), began);
  w.close_driver();
}

TEST_F(sim_world_test, AResetComesInsteadOfSomethingElse) {
  world w(1, {.reset = 0.1});
  auto [socket, far] = w.connected();
  receiver r;
  start(w, r, socket);
  int sent = 0;
  for (; sent < 1000 && !far.was_reset(); ++sent) {
    far.send("x");
    turns(w, 1);
  }
  turns(w, 1);
  EXPECT_TRUE(far.was_reset());
  EXPECT_LT(sent, 1000);
  EXPECT_EQ(r.last, -ECONNRESET);
  EXPECT_EQ(r.all().size(), static_cast<std::size_t>(sent - 1)) << "what had arrived is read";
}

TEST_F(sim_world_test, AResetCanOvertakeBytes) {
  const auto read = [](const faults& f) {
    std::size_t bytes = 0;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
      world w(seed, f);
      auto [socket, far] = w.connected();
      receiver r;
      start(w, r, socket);
      far.send("x");
      far.reset();
      loop l(w.io());
      w.run(l);
      EXPECT_EQ(r.last, -ECONNRESET);
      bytes += r.all().size();
    }
    return bytes;
  };
  EXPECT_EQ(read({.delay = 0.5}), 50U);
  EXPECT_LT(read({.delay = 0.5, .overtake = 0.9}), 50U);
}

TEST_F(sim_world_test, APeerThatHalfClosesHearsTheAnswer) {
  const auto hears = [](const faults& f) {
    world w(1, f);
    auto [socket, far] = w.connected();
    receiver r;
    start(w, r, socket);
    far.send("question");
    far.close();
    turns(w, 3);
    EXPECT_EQ(r.last, 0);
    sender s;
    s.set("answer");
    start(w, s, socket);
    turns(w, 3);
    w.io().close(socket);
    turns(w, 3);
    EXPECT_TRUE(far.closed());
    return far.received();
  };
  EXPECT_EQ(hears({.half_close = 0.999}), "answer");
  EXPECT_EQ(hears({}), "");
}

TEST_F(sim_world_test, EmfileEndsTheAcceptAndTheConnectionStays) {
  world w(1, {.emfile = 0.5});
  const int listener = w.listen();
  int failures = 0;
  acceptor a;
  for (int i = 0; i < 20; ++i) w.connect(listener);
  for (int i = 0; i < 200 && a.sockets.size() < 20; ++i) {
    if (!a.in_flight()) start(w, a, listener);
    turns(w, 1);
    failures += a.last == -EMFILE && !a.in_flight() ? 1 : 0;
  }
  EXPECT_EQ(a.sockets.size(), 20U);
  EXPECT_GT(failures, 3);
  w.close_driver();
}

TEST_F(sim_world_test, MoreSocketsThanTheLimitAreEmfile) {
  world w(1);
  const int listener = w.listen();
  w.limit_sockets(2);
  w.connect(listener);
  w.connect(listener);
  acceptor a;
  start(w, a, listener);
  turns(w, 3);
  EXPECT_EQ(a.sockets.size(), 1U);
  EXPECT_EQ(a.last, -EMFILE);
}

TEST_F(sim_world_test, ASmallWindowHoldsUpASend) {
  world w(1, {.small_window = 0.999, .window = 100});
  auto [socket, far] = w.connected();
  sender s;
  const std::string text(1000, 'x');
  s.set(text);
  start(w, s, socket);
  turns(w, 2);
  EXPECT_TRUE(s.in_flight());
  loop l(w.io());
  w.run(l);
  EXPECT_EQ(far.received(), text);
}

TEST_F(sim_world_test, DisorderMixesTheOutcomesOfATurn) {
  const auto order = [](const faults& f) {
    world w(1, f);
    std::vector<std::string> log;
    std::vector<std::unique_ptr<receiver>> receivers;
    for (char c = 'a'; c <= 'h'; ++c) {
      auto [socket, far] = w.connected();
      receivers.push_back(std::make_unique<receiver>());
      receivers.back()->log = &log;
      start(w, *receivers.back(), socket);
      far.send(std::string(1, c));
    }
    turns(w, 1);
    w.close_driver();
    std::string all;
    for (const auto& s : log) all += s;
    return all;
  };
  EXPECT_EQ(order({}), "abcdefgh");
  const std::string mixed = order({.disorder = 0.999});
  EXPECT_EQ(mixed.size(), 8U);
  EXPECT_NE(mixed, "abcdefgh");
}

TEST_F(sim_world_test, AnOutcomeThatIsPutOffComesInALaterTurn) {
  int turns_needed = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    world w(seed, {.put_off = 0.5});
    auto [socket, far] = w.connected();
    receiver r;
    start(w, r, socket);
    far.send("x");
    const monotonic_time began = w.now();
    for (; r.pieces.empty(); ++turns_needed) turns(w, 1);
    EXPECT_LT(w.now(), began + milliseconds{1}) << "the next wait does not block";
    w.close_driver();
  }
  EXPECT_GT(turns_needed, 70);
}

TEST_F(sim_world_test, AReceiveWithoutABufferGoesOnByItself) {
  world w(1, {.no_buffer = 0.5});
  auto [socket, far] = w.connected();
  receiver r;
  start(w, r, socket);
  for (int i = 0; i < 20; ++i) {
    far.send("x");
    turns(w, 1);
  }
  turns(w, 20);
  EXPECT_EQ(r.all(), std::string(20, 'x'));
  EXPECT_GT(w.io().counters().buffers_exhausted, 3U);
  w.close_driver();
}

TEST_F(sim_world_test, WhatIsCancelledMayHappenFirst) {
  int happened = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    world w(seed, {.cancel_race = 0.5});
    auto [socket, far] = w.connected();
    receiver r;
    start(w, r, socket);
    far.send("x");
    w.io().wait({});
    w.io().cancel(r);
    turns(w, 3);
    EXPECT_EQ(r.last, -ECANCELED);
    happened += r.pieces.empty() ? 0 : 1;
  }
  EXPECT_GT(happened, 5);
  EXPECT_LT(happened, 45);
}

TEST_F(sim_world_test, ALoopThatIsNeverIdleDoesNotHoldUpTheClock) {
  world w(1);
  auto [socket, far] = w.connected();
  sender s;
  s.set("x");
  bool came = false;
  w.after(milliseconds{1}, [&] { came = true; });
  for (int i = 0; i < 2000; ++i) {
    start(w, s, socket);
    turns(w, 1);
    ASSERT_FALSE(s.in_flight());
    if (came) break;
  }
  EXPECT_TRUE(came);
}

TEST_F(sim_world_test, ATurnTakesTimeWhenItIsTold) {
  world w(1, {.turn_time = milliseconds{5}});
  const monotonic_time began = w.now();
  for (int i = 0; i < 10; ++i) w.io().wait(began);
  EXPECT_GT(w.now(), began);
  EXPECT_LT(w.now(), began + milliseconds{50});
}

TEST_F(sim_world_test, TheStartThatIsToFailFailsOnceAndAloneItself) {
  world w(1);
  auto [socket, far] = w.connected();
  receiver r;
  sender s;
  s.set("x");
  w.fail_start(2, ENOMEM);
  start(w, r, socket);
  start(w, s, socket);
  turns(w, 2);
  EXPECT_EQ(s.last, -ENOMEM);
  EXPECT_TRUE(r.in_flight());
  start(w, s, socket);
  turns(w, 2);
  EXPECT_EQ(s.last, 1);
  w.close_driver();
}

TEST_F(sim_world_test, ALeaseThatHasEndedShowsNonsense) {
  struct keeper final : receive_op {
    lease kept;
    void received(outcome, lease l) noexcept override { kept = std::move(l); }
  };
  world w(1);
  auto [socket, far] = w.connected();
  keeper k;
  start(w, k, socket);
  far.send("x");
  turns(w, 1);
  const std::span<std::byte> bytes = k.kept.bytes();
  ASSERT_EQ(bytes.size(), 1U);
  k.kept.release();
  EXPECT_NE(static_cast<char>(bytes[0]), 'x');
  w.close_driver();
}

using sim_world_death_test = sim_world_test;

TEST_F(sim_world_death_test, ClosingWhileSomethingIsInFlightEndsTheProcess) {
  world w(1);
  const int socket = w.connected().socket;
  receiver r;
  start(w, r, socket);
  EXPECT_DEATH(w.io().close(socket), "check failed");
  w.close_driver();
}

TEST_F(sim_world_death_test, ANumberUsedAfterCloseEndsTheProcess) {
  world w(1);
  const int socket = w.connected().socket;
  w.io().close(socket);
  receiver r;
  r.socket = socket;
  EXPECT_DEATH(w.io().start(r), "check failed");
}

}  // namespace
}  // namespace shoal::io::sim
