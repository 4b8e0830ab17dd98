// What the io_uring driver does only where it is asked to (io/uring_features.h). That it stays the
// same driver is in conformance/uring_with_world.cc.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <time.h>

#include <array>
#include <cerrno>
#include <deque>
#include <string>

#include "base/descriptor_limit.h"
#include "io/uring/registered_files.h"
#include "io/uring/unavailable.h"
#include "io/uring/zero_copy.h"
#include "uring_fixture.h"

namespace shoal::io {
namespace {

using namespace uring_test;

/// A connection on the loopback interface whose driver's end takes much, and whose other takes
/// little as long as nobody reads there.
struct deaf_pair {
  static constexpr int near_bytes = 400'000, far_bytes = 16'000;

  descriptor near, far{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};

  deaf_pair() {
    const listener l;
    ::setsockopt(far.get(), SOL_SOCKET, SO_RCVBUF, &far_bytes, sizeof far_bytes);
    static_cast<void>(
        ::connect(far.get(), reinterpret_cast<const sockaddr*>(&l.name), sizeof l.name));
    near.reset(::accept4(l.socket.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    ::setsockopt(near.get(), SOL_SOCKET, SO_SNDBUF, &near_bytes, sizeof near_bytes);
  }

  /// What is there, to a multiple of 4 KiB. `last` says what the socket had to say then.
  std::string read(std::size_t most = ~std::size_t{0}) {
    std::string all;
    for (std::array<char, 4096> some{}; all.size() < most;) {
      const ssize_t n = ::read(far.get(), some.data(), some.size());
      if (n <= 0) {
        last = n < 0 ? errno : 0;
        return all;
      }
      all.append(some.data(), static_cast<std::size_t>(n));
    }
    return all;
  }

  /// Reads that many bytes, and until the near end has heard that they have come.
  std::string read_acknowledged(std::size_t bytes) {
    std::string all;
    int out = 1;
    for (int i = 0; i < 10'000 && (all.size() < bytes || out > 0); ++i) {
      all += read();
      ::ioctl(near.get(), SIOCOUTQ, &out);
      pollfd more{.fd = far.get(), .events = POLLIN, .revents = 0};
      if (out > 0) ::poll(&more, 1, 1);
    }
    return all;
  }

  /// Bytes for which the near end has room, roughly.
  [[nodiscard]] std::size_t room() const {
    int bytes = 0;
    socklen_t size = sizeof bytes;
    ::getsockopt(near.get(), SOL_SOCKET, SO_SNDBUF, &bytes, &size);
    return static_cast<std::size_t>(bytes);
  }

  int last = EAGAIN;  ///< 0: it has ended
};

class UringZeroCopy : public uring_fixture {
 protected:
  void SetUp() override { reopen({.uring = {.zero_copy_send = true}}); }

  std::string text_ = pattern(200'000, 1);
  const std::string original_ = text_;

  void scribble() { text_.assign(text_.size(), '!'); }
};

TEST_F(UringZeroCopy, BytesBelongToTheKernelUntilThePeerHasThem) {
  for (const bool copies : {true, false}) {
    reopen({.uring = {.zero_copy_send = !copies}});
    text_ = original_;
    deaf_pair p;
    sender s;
    start_send(s, p.near, text_);
    for (int i = 0; i < 20; ++i) turn();
    EXPECT_NE(s.in_flight(), copies) << "the socket has room for all of it, and nobody reads";
    std::string heard;
    ASSERT_TRUE(run_until([&] {
      if (s.in_flight()) heard += p.read();
      return !s.in_flight();
    }));
    EXPECT_EQ(s.outcomes.at(0).value, static_cast<int>(original_.size()));
    scribble();
    ASSERT_TRUE(run_until([&] { return (heard += p.read()).size() == original_.size(); }));
    EXPECT_TRUE(heard == original_);
  }
}

TEST_F(UringZeroCopy, WhatTheSocketHasNoRoomForGoesTheUsualWay) {
  text_ = pattern(3'000'000, 2);
  const std::string whole = text_;
  deaf_pair p;
  sender s;
  start_send(s, p.near, text_);
  std::string heard;
  ASSERT_TRUE(run_until([&] {
    heard += p.read();
    return !s.in_flight();
  }));
  scribble();
  ASSERT_TRUE(run_until([&] { return (heard += p.read()).size() == whole.size(); }));
  EXPECT_TRUE(heard == whole);
  EXPECT_EQ(s.outcomes.at(0).value, static_cast<int>(whole.size()));
}

TEST_F(UringZeroCopy, LittleIsCopiedAndEndsBeforeItIsRead) {
  deaf_pair p;
  for (int i = 0; i < 10; ++i) {
    sender s;
    start_send(s, p.near, std::string_view(text_).substr(0, uring::zero_copy::least_bytes - 1));
    turn();
    ASSERT_FALSE(s.in_flight()) << i;
  }
}

TEST_F(UringZeroCopy, WhatMoreFollowsIsCopiedAndEndsBeforeItIsRead) {
  deaf_pair p;
  sender s;
  s.more_follows = true;
  start_send(s, p.near, text_);
  turn();
  EXPECT_FALSE(s.in_flight());
}

/// Whoever reads gets what it was meant to get, as far as that has left.
void expect_a_part(deaf_pair& p, const std::string& original) {
  const std::string heard = p.read();
  EXPECT_GT(heard.size(), 0U);
  EXPECT_LT(heard.size(), original.size());
  EXPECT_TRUE(heard == original.substr(0, heard.size()));
  EXPECT_EQ(p.last, ECONNRESET);
}

TEST_F(UringZeroCopy, ACancelTakesTheBytesBackFromAPeerThatDoesNotRead) {
  for (const std::size_t size : {std::size_t{200'000}, std::size_t{3'000'000}}) {
    text_ = pattern(size, 3);
    const std::string whole = text_;
    deaf_pair p;
    sender s;
    receiver r;
    start(r, p.near);
    start_send(s, p.near, text_);
    for (int i = 0; i < 3; ++i) turn();
    ASSERT_TRUE(s.in_flight());
    io->cancel(s);
    io->cancel(s);
    ASSERT_TRUE(run_until([&] { return !s.in_flight() && !r.in_flight(); }));
    ASSERT_EQ(s.outcomes.size(), 1U);
    EXPECT_LT(s.outcomes[0].value, 0);
    scribble();
    expect_a_part(p, whole);
    io->close(p.near.release());
    turn();
  }
}

TEST_F(UringZeroCopy, ACancelAtAnyMomentHasOneOutcome) {
  for (int turns = 0; turns < 6; ++turns) {
    deaf_pair p;
    sender s;
    start_send(s, p.near, text_);
    for (int i = 0; i < turns / 2; ++i) turn();
    if (turns % 2 != 0) io->wait({});
    io->cancel(s);
    if (turns % 2 != 0) io->deliver();
    ASSERT_TRUE(run_until([&] { return !s.in_flight(); })) << turns;
    for (int i = 0; i < 5; ++i) turn();
    EXPECT_EQ(s.outcomes.size(), 1U);
    EXPECT_LT(s.outcomes.at(0).value, 0);
  }
}

/// As soon as it has left, it cancels another one.
struct canceller final : send_op {
  driver& io;
  operation& whom;
  canceller(driver& on, operation& what) : io(on), whom(what) {}
  void sent(outcome) noexcept override { io.cancel(whom); }
};

TEST_F(UringZeroCopy, ACancelAfterTheRestHasLeftUnheardIsNoSuccess) {
  struct row {
    std::size_t bytes, read;  // in quarters of what the socket takes
  };
  // What the peer reads before the cancel ends the loan of the first part, or not yet.
  for (const row& quarters : {row{5, 2}, row{16, 15}}) {
    deaf_pair p;
    const std::size_t read = p.room() / 4 * quarters.read;
    text_ = pattern(p.room() / 4 * quarters.bytes, 4);
    const std::string whole = text_;
    sender s;
    start_send(s, p.near, text_);
    turn();
    const pair other;
    std::deque<canceller> cancellers;
    std::string heard;
    const std::string_view word = "x";
    for (int i = 0, after = 0; i < 10'000 && after < 10; ++i, after += heard.size() >= read) {
      if (heard.size() < read) heard += p.read(read - heard.size());
      canceller& c = cancellers.emplace_back(*io, s);  // so that the driver goes to the kernel
      c.bytes = std::as_bytes(std::span(word));
      start(c, other.near);
      io->wait({});
      static_cast<void>(other.read(1));
    }
    ASSERT_GE(heard.size(), read);
    ASSERT_TRUE(s.outcomes.empty());
    ASSERT_TRUE(run_until([&] { return !s.in_flight() && !cancellers.back().in_flight(); }));
    EXPECT_EQ(s.outcomes.at(0).value, -ECANCELED) << quarters.bytes;
    scribble();
    heard += p.read();
    EXPECT_LT(heard.size(), whole.size());
    EXPECT_TRUE(heard == whole.substr(0, heard.size()));
    EXPECT_EQ(p.last, ECONNRESET);
  }
}

TEST_F(UringZeroCopy, TheDriverEndsWithAllAcknowledgedAndLeavesTheConnection) {
  for (const bool left_is_known : {true, false}) {
    reopen({.uring = {.zero_copy_send = true}});
    text_ = original_;
    deaf_pair p;
    sender s;
    start_send(s, p.near, text_);
    io->wait({});
    if (left_is_known) io->deliver();
    ASSERT_TRUE(p.read_acknowledged(original_.size()) == original_);
    ASSERT_TRUE(s.in_flight()) << "nobody has looked for the notification";
    io.reset();
    scribble();
    EXPECT_EQ(p.read(), "");
    EXPECT_EQ(p.last, EAGAIN);
    p.near.reset();
    EXPECT_EQ(p.read(), "");
    EXPECT_EQ(p.last, 0) << "an orderly end";
  }
}

TEST_F(UringZeroCopy, TheDriverEndsWithBytesOutAndLeavesNoneThere) {
  deaf_pair submitted, seen, queued;
  std::array<sender, 3> senders;
  start_send(senders[0], seen.near, text_);
  turn();
  turn();
  start_send(senders[1], submitted.near, text_);
  io->wait({});
  start_send(senders[2], queued.near, text_);
  io.reset();
  scribble();
  expect_a_part(seen, original_);
  expect_a_part(submitted, original_);
  EXPECT_EQ(queued.read(), "");
}

TEST_F(UringZeroCopy, QueuedBytesLeaveBeforeAShutdown) {
  deaf_pair p;
  sender s;
  start_send(s, p.near, text_);
  io->shutdown_send(p.near.get());
  std::string heard;
  ASSERT_TRUE(run_until([&] {
    heard += p.read();
    return p.last == 0 && !s.in_flight();
  }));
  EXPECT_TRUE(heard == original_);
}

TEST_F(UringZeroCopy, APeerThatIsGoneIsAnError) {
  for (const bool at_once : {true, false}) {
    deaf_pair p;
    sender s;
    if (at_once) p.far.reset();
    start_send(s, p.near, text_);
    turn();
    turn();
    p.far.reset();  // has not read everything: RST
    ASSERT_TRUE(run_until([&] { return !s.in_flight(); }));
    if (!at_once) continue;  // it had left in full; the next one meets it
    sender next;
    start_send(next, p.near, text_);
    ASSERT_TRUE(run_until([&] { return !next.in_flight(); }));
    EXPECT_TRUE(next.outcomes.at(0).value == -EPIPE || next.outcomes.at(0).value == -ECONNRESET);
  }
}

TEST_F(UringZeroCopy, ASocketThatCannotCopiesInstead) {
  pair p;  // of the UNIX family
  sender s;
  start_send(s, p.near, text_);
  std::string heard;
  ASSERT_TRUE(run_until([&] { return (heard += p.read(4096)).size() == original_.size(); }));
  ASSERT_TRUE(run_until([&] { return !s.in_flight(); }));
  EXPECT_TRUE(heard == original_);
  EXPECT_EQ(s.outcomes.at(0).value, static_cast<int>(original_.size()));
}

class UringRegisteredFiles : public uring_fixture {
 protected:
  void SetUp() override { reopen({.uring = {.registered_files = true}}); }

  /// Receives and sends once, so that the socket is in the table if it ever is.
  void use(const descriptor& near, const pair& p) {
    receiver r;
    sender s;
    start(r, near);
    p.write("question");
    ASSERT_TRUE(run_until([&] { return r.text == "question"; }));
    start_send(s, near, "answer");
    ASSERT_TRUE(run_until([&] { return !s.in_flight(); }));
    EXPECT_EQ(s.outcomes.at(0).value, 6);
    EXPECT_EQ(p.read(100), "answer");
    io->cancel(r);
    ASSERT_TRUE(run_until([&] { return !r.in_flight(); }));
    EXPECT_EQ(r.outcomes.back().value, -ECANCELED);
  }
};

TEST_F(UringRegisteredFiles, AnEntryGoesWithItsSocketAndTheNumberIsAnothers) {
  int number = -1;
  for (int i = 0; i < 5; ++i) {
    pair p;
    EXPECT_TRUE(number < 0 || p.near.get() == number || p.far.get() == number) << "is reused";
    if (p.far.get() == number) std::swap(p.near, p.far);
    number = p.near.get();
    use(p.near, p);
    io->close(p.near.release());
    turn();
    EXPECT_TRUE(p.at_end()) << "the table holds the socket";
    EXPECT_EQ(::fcntl(number, F_GETFD), -1);
  }
}

TEST_F(UringRegisteredFiles, WhatIsReleasedIsHeldByItsNewOwnerAlone) {
  pair p, other;
  use(p.near, p);
  const int number = p.near.get();
  io->release(number);
  const descriptor elsewhere(::fcntl(number, F_DUPFD_CLOEXEC, number + 1));
  // Gone and come back as another one before the driver has been in the kernel again.
  p.near.reset();
  ASSERT_EQ(::dup3(other.near.get(), number, O_CLOEXEC), number);
  descriptor again(number);
  use(again, other);
  EXPECT_FALSE(p.at_end());
  EXPECT_EQ(::send(elsewhere.get(), "still here", 10, MSG_NOSIGNAL), 10);
  EXPECT_EQ(p.read(100), "still here");
  io->release(again.get());
  turn();
  other.near.reset();
  again.reset();
  EXPECT_TRUE(other.at_end()) << "the table holds the socket";
}

TEST_F(UringRegisteredFiles, NumbersBeyondTheTableGoTheUsualWay) {
  raise_descriptor_limit();
  reopen({.uring = {.registered_files = true}});
  constexpr int edge = static_cast<int>(uring::registered_files::most_entries);
  for (const int number : {edge - 1, edge, edge + 1}) {
    pair p;
    descriptor high(::fcntl(p.near.get(), F_DUPFD_CLOEXEC, number));
    if (!high.open()) GTEST_SKIP() << "RLIMIT_NOFILE is below " << number;
    p.near.reset();
    use(high, p);
    io->close(high.release());
    turn();
    EXPECT_TRUE(p.at_end());
  }
}

TEST_F(UringRegisteredFiles, TheDriverEndsAndHoldsNoSocket) {
  pair p;
  receiver r;
  start(r, p.near);
  turn();
  io.reset();
  p.near.reset();
  EXPECT_TRUE(p.at_end());
}

class UringSqpoll : public uring_fixture {
 protected:
  void SetUp() override { reopen({.uring = {.sqpoll = true}}); }
};

std::int64_t clock_ns(clockid_t which) {
  timespec now{};
  ::clock_gettime(which, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

TEST_F(UringSqpoll, AThreadOfTheKernelsMovesTheBytesAndItsTimeIsTheProcesss) {
  const auto own = clock_ns(CLOCK_THREAD_CPUTIME_ID);
  const auto all = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
  pair p;
  receiver r;
  start(r, p.near);
  bool seen = false;  // the kernel books another thread's time now and then
  for (std::size_t i = 1; i <= 5000 && (i <= 100 || !seen); ++i) {
    p.write("x");
    sender s;
    start_send(s, p.near, "y");
    ASSERT_TRUE(run_until([&] { return !s.in_flight() && r.text.size() == i; }));
    EXPECT_EQ(p.read(10), "y");
    const auto own_took = clock_ns(CLOCK_THREAD_CPUTIME_ID) - own;
    seen = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - all > own_took + own_took / 10;
  }
  EXPECT_TRUE(seen);
}

TEST_F(UringSqpoll, ATurnThatDoesNotSleepMakesNoSystemCall) {
  pair p;
  receiver r;
  start(r, p.near);
  p.write("x");
  ASSERT_TRUE(run_until([&] { return r.text == "x"; })) << "it has taken the request up";
  const auto before = calls();
  for (int i = 0; i < 1000; ++i) turn();
  EXPECT_EQ(calls(), before);
}

TEST_F(UringSqpoll, WakesItsThread) {
  pair p;
  receiver r;
  start(r, p.near);
  for (int i = 0; i < 5; ++i) {
    turn(io->now() + std::chrono::milliseconds(20));  // it has gone to sleep meanwhile
    sender s;
    start_send(s, p.near, "y");
    turn(never);
    ASSERT_FALSE(s.in_flight());
  }
  EXPECT_EQ(p.read(100), "yyyyy");
}

TEST_F(UringSqpoll, QueuedBytesLeaveBeforeAShutdown) {
  for (int i = 0; i < 20; ++i) {
    pair p;
    sender s;
    start_send(s, p.near, "last words");
    io->shutdown_send(p.near.get());
    EXPECT_EQ(p.read(100), "last words");
    EXPECT_TRUE(p.at_end());
    ASSERT_TRUE(run_until([&] { return !s.in_flight(); }));
    EXPECT_EQ(s.outcomes.at(0).value, 10);
  }
}

TEST_F(UringSqpoll, MoreIsStartedThanItsQueueHolds) {
  reopen({.queue_entries = 2, .uring = {.sqpoll = true}});
  std::vector<pair> pairs(16);
  std::vector<std::unique_ptr<receiver>> receivers;
  for (const pair& p : pairs) start(*receivers.emplace_back(std::make_unique<receiver>()), p.near);
  for (const pair& p : pairs) p.write("to all");
  ASSERT_TRUE(run_until([&] {
    return std::all_of(receivers.begin(), receivers.end(),
                       [](const auto& r) { return r->text == "to all"; });
  }));
}

TEST_F(UringSqpoll, EndsWithNothingInFlight) {
  for (int i = 0; i < 12; ++i) {
    reopen({.receive_buffers = 4, .uring = {.sqpoll = true, .registered_files = i % 2 == 0}});
    std::vector<pair> pairs(8);
    std::vector<std::unique_ptr<receiver>> receivers;
    for (pair& p : pairs) start(*receivers.emplace_back(std::make_unique<receiver>()), p.near);
    if (i % 3 != 0) turn();
    for (const pair& p : pairs) p.write("x");
    pair closing;
    io->close(closing.near.release());
    io.reset();
    EXPECT_TRUE(closing.at_end());
    for (pair& p : pairs) {
      p.near.reset();
      char c = 0;
      EXPECT_LE(::read(p.far.get(), &c, 1), 0) << "a request still holds the socket";
      EXPECT_NE(errno, EAGAIN);
      errno = 0;
    }
  }
}

TEST_F(UringSqpoll, NobodyTakesAConnectionThatTheThreadMayReadFrom) {
  turn();
  EXPECT_FALSE(io->knows_all_received());
  reopen({});
  turn();
  EXPECT_TRUE(io->knows_all_received());
}

TEST(UringFeature, ThatIsRefusedIsNamedWithTheKernelThatHasIt) {
  const uring::uring_surroundings around{.kernel_release = "6.1.0"};
  const auto why = [&](int code) {
    return uring::why_no_feature({"napi-busy-poll", "6.9"}, code, around);
  };
  EXPECT_EQ(why(EINVAL), "napi-busy-poll: Linux 6.1.0 does not have it: 6.9 or newer is needed");
  EXPECT_TRUE(why(ENOMEM).starts_with("napi-busy-poll: io_uring refuses it")) << why(ENOMEM);
}

TEST(UringFeature, BusyPollingIsThereOrRefusedByName) {
  if (!open_uring_driver()) GTEST_SKIP() << "no io_uring";
  auto opened = open_uring_driver({.uring = {.napi_busy_poll = true}});
  if (opened) return;
  EXPECT_TRUE(opened.error().message.starts_with("napi-busy-poll: ")) << opened.error().message;
}

TEST(UringFeature, ATableBeyondTheLimitOfDescriptorsIsNotAskedFor) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit low{.rlim_cur = 64, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  if (open_uring_driver()) {
    const auto opened = open_uring_driver({.uring = {.registered_files = true}});
    EXPECT_TRUE(opened.ok()) << opened.error().message;
  }
  ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace shoal::io
