// What only the io_uring driver does. What every driver must do is in conformance/.
#include "io/uring/uring_driver.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/descriptor.h"
#include "base/random.h"
#include "io/uring/unavailable.h"
#include "uring_fixture.h"

namespace shoal::io {
namespace {

using namespace uring_test;

class UringDriver : public uring_fixture {};

// Sending without a completion

TEST_F(UringDriver, TellsOfASendThatFitsInTheTurnThatSubmitsIt) {
  pair p;
  sender s;
  turn();
  start_send(s, p.near, "hello");
  const auto before = calls();
  turn(never);
  EXPECT_EQ(calls() - before, 1U);
  ASSERT_EQ(s.outcomes.size(), 1U);
  EXPECT_EQ(s.outcomes[0].value, 5);
  EXPECT_EQ(p.read(100), "hello");
}

TEST_F(UringDriver, SendsEverythingToASlowReaderThroughATinyBuffer) {
  random_source random(test_seed());
  for (int round = 0; round < 20; ++round) {
    pair p(4608);
    sender s;
    const std::string text = pattern(1 + random.below(300'000), random.next());
    start_send(s, p.near, text);
    std::string arrived;
    ASSERT_TRUE(run_until([&] {
      arrived += p.read(1 + random.below(8000));
      // Told when the last byte is in the socket, not sooner.
      if (!s.outcomes.empty()) return true;
      return arrived.size() == text.size();
    }));
    ASSERT_TRUE(run_until([&] { return !s.in_flight(); }));
    for (std::string more; !(more = p.read(1 << 16)).empty();) arrived += more;
    EXPECT_EQ(s.outcomes.size(), 1U);
    EXPECT_EQ(s.outcomes[0].value, static_cast<int>(text.size()));
    EXPECT_TRUE(arrived == text) << "round " << round;
  }
}

TEST_F(UringDriver, TellsShortSendsFromFullOnesInOneBatch) {
  reopen({.queue_entries = 1});  // eight completions: those of the short sends overflow
  random_source random(test_seed());
  constexpr std::size_t count = 64;
  std::deque<pair> pairs;
  std::array<sender, count> senders;
  std::array<std::string, count> texts, arrived;
  for (std::size_t i = 0; i < count; ++i) {
    pairs.emplace_back(4608);
    texts[i] = pattern(random.one_in(2) ? 100 : 50'000, i);
    start_send(senders[i], pairs[i].near, texts[i]);
  }
  turn();
  for (std::size_t i = 0; i < count; ++i) {
    if (texts[i].size() > 100) {
      EXPECT_TRUE(senders[i].in_flight());
    }
  }
  ASSERT_TRUE(run_until([&] {
    bool all = true;
    for (std::size_t i = 0; i < count; ++i) {
      arrived[i] += pairs[i].read(5000);
      all &= !senders[i].in_flight() && arrived[i].size() == texts[i].size();
    }
    return all;
  }));
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_EQ(senders[i].outcomes.at(0).value, static_cast<int>(texts[i].size()));
    EXPECT_TRUE(arrived[i] == texts[i]);
  }
  EXPECT_GT(io->counters().queue_overflows, 0U);
}

TEST_F(UringDriver, TellsTheErrorThatComesBehindSomeBytes) {
  ::signal(SIGPIPE, SIG_DFL);  // would end the test
  pair p(4608);
  sender s;
  const std::string text = pattern(100'000, 1);
  start_send(s, p.near, text);
  turn();
  turn();
  EXPECT_TRUE(s.in_flight());
  p.far.reset();
  ASSERT_TRUE(run_until([&] { return !s.in_flight(); }));
  EXPECT_EQ(s.outcomes.at(0).value, -EPIPE);
}

TEST_F(UringDriver, QueuedBytesLeaveBeforeAShutdown) {
  pair p;
  sender s;
  start_send(s, p.near, "last words");
  io->shutdown_send(p.near.get());
  turn();
  EXPECT_EQ(p.read(100), "last words");
  EXPECT_TRUE(p.at_end());
  EXPECT_EQ(s.outcomes.at(0).value, 10);
}

// System calls

TEST_F(UringDriver, MakesOneSystemCallATurn) {
  std::deque<pair> pairs(32);
  std::array<receiver, 32> receivers;
  std::array<sender, 32> senders;
  for (std::size_t i = 0; i < 32; ++i) start(receivers[i], pairs[i].near);
  turn();
  for (const pair& p : pairs) p.write("request");
  for (std::size_t i = 0; i < 32; ++i) start_send(senders[i], pairs[i].near, "answer");
  const auto before = calls();
  turn(never);
  EXPECT_EQ(calls() - before, 1U);
  for (std::size_t i = 0; i < 32; ++i) {
    EXPECT_EQ(receivers[i].text, "request");
    EXPECT_EQ(senders[i].outcomes.size(), 1U);
  }
}

TEST_F(UringDriver, LeftoverOutcomesNeedNoSystemCall) {
  reopen({.receive_buffers = 512});
  constexpr std::size_t count = 400;
  std::deque<pair> pairs(count);
  std::array<receiver, count> receivers;
  for (std::size_t i = 0; i < count; ++i) {
    pairs[i].write("x");
    start(receivers[i], pairs[i].near);
  }
  turn(never);
  const auto first = io->counters().completions;
  EXPECT_EQ(first, 256U);
  const auto before = calls();
  turn(never);
  EXPECT_EQ(calls(), before);
  EXPECT_EQ(io->counters().completions, count);
}

TEST_F(UringDriver, StartsMoreThanTheQueueHolds) {
  reopen({.queue_entries = 2});
  constexpr std::size_t count = 100;
  std::deque<pair> pairs(count);
  std::array<receiver, count> receivers;
  for (std::size_t i = 0; i < count; ++i) {
    pairs[i].write(std::to_string(i));
    start(receivers[i], pairs[i].near);
  }
  ASSERT_TRUE(run_until([&] {
    return std::all_of(receivers.begin(), receivers.end(),
                       [](const receiver& r) { return !r.text.empty(); });
  }));
  for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(receivers[i].text, std::to_string(i));
  EXPECT_GT(io->counters().queue_overflows, 0U);
}

TEST_F(UringDriver, AcceptsMoreThanTheCompletionQueueHolds) {
  reopen({.queue_entries = 1});
  listener l;
  acceptor a;
  start(a, l.socket);
  turn();
  std::vector<descriptor> clients;
  for (int i = 0; i < 100; ++i) clients.push_back(l.connect());
  ASSERT_TRUE(run_until([&] { return a.sockets.size() == 100; }));
  clients.push_back(l.connect());  // still armed, though the overflow ended the kernel's request
  ASSERT_TRUE(run_until([&] { return a.sockets.size() == 101; }));
  for (const outcome& o : a.outcomes) EXPECT_TRUE(o.more);
}

// Buffers

TEST_F(UringDriver, SharesTooFewBuffersAmongGreedyReceivers) {
  reopen({.receive_buffers = 2, .receive_buffer_bytes = 64});
  constexpr std::size_t count = 20;
  std::deque<pair> pairs(count);
  std::array<receiver, count> receivers;
  for (std::size_t i = 0; i < count; ++i) {
    pairs[i].write(pattern(20'000, i));
    start(receivers[i], pairs[i].near);
  }
  // Two a turn: after a few rounds all are about equally far.
  for (int i = 0; i < 200; ++i) turn();
  std::size_t least = 20'000, most = 0;
  for (const receiver& r : receivers) {
    least = std::min(least, r.text.size());
    most = std::max(most, r.text.size());
  }
  EXPECT_GT(least, 0U);
  EXPECT_LE(most - least, 3 * 64U);
  ASSERT_TRUE(run_until([&] {
    return std::all_of(receivers.begin(), receivers.end(),
                       [](const receiver& r) { return r.text.size() == 20'000; });
  }));
  for (std::size_t i = 0; i < count; ++i) EXPECT_TRUE(receivers[i].text == pattern(20'000, i));
  EXPECT_GT(io->counters().buffers_exhausted, 0U);
}

TEST_F(UringDriver, WaitsWithoutSpinningWhileAllLeasesAreHeld) {
  reopen({.receive_buffers = 1, .receive_buffer_bytes = 4});
  pair p;
  receiver r;
  r.hold = true;
  start(r, p.near);
  p.write("12345678");
  ASSERT_TRUE(run_until([&] { return r.text == "1234"; }));
  for (int i = 0; i < 5; ++i) turn();
  const auto exhausted = io->counters().buffers_exhausted;
  for (int i = 0; i < 5; ++i) turn();
  EXPECT_EQ(io->counters().buffers_exhausted, exhausted);
  EXPECT_EQ(r.text, "1234");
  r.held.clear();
  ASSERT_TRUE(run_until([&] { return r.text == "12345678"; }));
  r.held.clear();
}

TEST_F(UringDriver, WhoWaitsForABufferBehindOthersWithNothingToReadIsServed) {
  reopen({.receive_buffers = 1, .receive_buffer_bytes = 4});
  std::deque<pair> pairs(5);
  std::array<receiver, 5> receivers;
  receivers[0].hold = true;
  for (std::size_t i = 0; i < 2; ++i) {
    pairs[i].write("1234");
    start(receivers[i], pairs[i].near);
  }
  turn();
  turn();
  for (std::size_t i = 2; i < 5; ++i) start(receivers[i], pairs[i].near);  // behind the second
  receivers[0].held.clear();
  pairs[4].write("5678");
  // Without a deadline: it must not sleep while the last has bytes and there is a buffer.
  while (receivers[4].text.empty()) turn(never);
  EXPECT_EQ(receivers[1].text, "1234");
  EXPECT_EQ(receivers[4].text, "5678");
}

TEST_F(UringDriver, CancelsAReceiveThatHasNoBuffer) {
  reopen({.receive_buffers = 1, .receive_buffer_bytes = 4});
  std::deque<pair> pairs(3);
  std::array<receiver, 3> receivers;
  receivers[0].hold = true;
  for (std::size_t i = 0; i < 3; ++i) {
    pairs[i].write("1234");
    start(receivers[i], pairs[i].near);
  }
  turn();
  turn();
  io->cancel(receivers[1]);
  turn(never);
  ASSERT_EQ(receivers[1].outcomes.size(), 1U);
  EXPECT_EQ(receivers[1].outcomes[0].value, -ECANCELED);
  receivers[0].held.clear();
  ASSERT_TRUE(run_until([&] { return receivers[2].text == "1234"; }));
  receivers[0].held.clear();
}

// Cancelling, closing, waking

TEST_F(UringDriver, CancelsAtAnyMomentWithOneLastOutcomeAndNoLostByte) {
  random_source random(test_seed());
  pair p;
  std::string sent, got;
  for (int round = 0; round < 2000; ++round) {
    receiver r;
    start(r, p.near);
    if (random.one_in(2)) turn();
    if (random.one_in(2)) {
      const std::string text = pattern(1 + random.below(100), random.next());
      p.write(text);
      sent += text;
    }
    if (random.one_in(2)) turn();
    io->cancel(r);
    io->cancel(r);
    ASSERT_TRUE(run_until([&] { return !r.in_flight(); }));
    EXPECT_EQ(r.outcomes.back().value, -ECANCELED);
    for (const outcome& o : r.outcomes) EXPECT_EQ(o.more, &o != &r.outcomes.back());
    got += r.text;
  }
  receiver r;
  start(r, p.near);
  ASSERT_TRUE(run_until([&] { return got.size() + r.text.size() == sent.size(); }));
  EXPECT_TRUE(got + r.text == sent);
}

TEST_F(UringDriver, CloseFreesTheNumberAndSendsFinInTheNextTurn) {
  pair p;
  const int number = p.near.release();
  io->close(number);
  turn();
  EXPECT_TRUE(p.at_end());
  EXPECT_EQ(::fcntl(number, F_GETFD), -1);
}

TEST_F(UringDriver, ManyWakesNeitherBlockNorRepeatForEver) {
  turn();
  for (int i = 0; i < 10; ++i) io->wake();
  turn(never);
  EXPECT_GE(io->counters().wakes, 1U);
  for (int i = 0; i < 5; ++i) turn();
  const auto wakes = io->counters().wakes;
  for (int i = 0; i < 5; ++i) turn();
  EXPECT_EQ(io->counters().wakes, wakes);
  std::thread other([this] { io->wake(); });
  turn(never);
  other.join();
  EXPECT_EQ(io->counters().wakes, wakes + 1);
}

driver* to_wake = nullptr;

TEST_F(UringDriver, WakesFromASignalHandler) {
  to_wake = io.get();
  struct sigaction action{};
  action.sa_handler = [](int) { to_wake->wake(); };
  ASSERT_EQ(::sigaction(SIGUSR1, &action, nullptr), 0);
  const pthread_t self = ::pthread_self();
  std::thread other([self] { ::pthread_kill(self, SIGUSR1); });
  turn(never);
  other.join();
  EXPECT_EQ(io->counters().wakes, 1U);
}

// The end

TEST_F(UringDriver, LeavesNothingBehindWhateverIsInFlight) {
  io.reset();
  const int before = open_descriptors();
  {
    reopen({.queue_entries = 4});
    listener l;
    acceptor a;
    start(a, l.socket);
    pair receiving, sending(4608), closing, ready;
    receiver r, unread;
    sender s;
    start(r, receiving.near);
    ready.write("never read");
    start(unread, ready.near);
    const std::string text = pattern(100'000, 7);
    start_send(s, sending.near, text);
    turn();
    turn();
    std::vector<descriptor> clients;
    for (int i = 0; i < 40; ++i) clients.push_back(l.connect());
    io->wait({});  // accepted, and nobody is told
    io->close(closing.near.release());
    io.reset();
    EXPECT_TRUE(closing.at_end());
    receiving.near.reset();
    EXPECT_TRUE(receiving.at_end()) << "a request still holds the socket";
    for (const descriptor& client : clients) {
      char c;
      l.socket.reset();
      EXPECT_LE(::recv(client.get(), &c, 1, 0), 0);
    }
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(UringDriver, ChildrenInheritNeitherRingNorBuffers) {
  std::ifstream maps("/proc/self/smaps");
  int rings = 0;
  bool ring = false;
  for (std::string line; std::getline(maps, line);) {
    if (line.find("io_uring") != std::string::npos) ring = true;
    if (ring && line.starts_with("VmFlags:")) {
      EXPECT_NE(line.find(" dc"), std::string::npos) << line;
      ring = false;
      ++rings;
    }
  }
  EXPECT_GE(rings, 1);
}

// Why not

TEST(UringUnavailable, NamesTheSettingThatForbidsIt) {
  const auto reason = [](int code, int sysctl) {
    return uring::why_no_uring(
        code, {.disabled_sysctl = sysctl, .kernel_release = "5.15.0", .memlock_limit = 65536});
  };
  const auto names = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  EXPECT_TRUE(names(reason(EPERM, 2), "kernel.io_uring_disabled=2"));
  EXPECT_TRUE(names(reason(EPERM, 1), "kernel.io_uring_group"));
  EXPECT_TRUE(names(reason(EPERM, 0), "seccomp"));
  EXPECT_TRUE(names(reason(EPERM, -1), "seccomp"));
  EXPECT_TRUE(names(reason(ENOSYS, 0), "CONFIG_IO_URING"));
  EXPECT_TRUE(names(reason(ENOMEM, 0), "RLIMIT_MEMLOCK is 64 KiB"));
  EXPECT_TRUE(names(reason(EINVAL, 0), "Linux 5.15.0 is too old: 6.1"));
  EXPECT_TRUE(names(reason(EMFILE, 0), "RLIMIT_NOFILE"));
  for (const int code : {EPERM, ENOSYS, ENOMEM, EINVAL, EMFILE, EIO}) {
    EXPECT_EQ(reason(code, 0).find('\n'), std::string::npos);
    EXPECT_FALSE(reason(code, 0).ends_with('.'));
  }
}

TEST(UringUnavailable, ReadsTheSettingFromTheGivenTree) {
  char root[] = "/tmp/shoal-proc-XXXXXX";
  ASSERT_NE(::mkdtemp(root), nullptr);
  const std::string tree = root;
  EXPECT_EQ(uring::look_around(tree).disabled_sysctl, -1);
  ASSERT_EQ(std::system(("mkdir -p " + tree + "/sys/kernel").c_str()), 0);
  std::ofstream(tree + "/sys/kernel/io_uring_disabled") << "2\n";
  EXPECT_EQ(uring::look_around(tree).disabled_sysctl, 2);
  EXPECT_FALSE(uring::look_around(tree).kernel_release.empty());
  ASSERT_EQ(std::system(("rm -r " + tree).c_str()), 0);
}

}  // namespace
}  // namespace shoal::io
