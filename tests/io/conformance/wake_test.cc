#include <sys/time.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "conformance.h"

namespace shoal::io::conformance {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

class Wake : public conformance {};

TEST_P(Wake, BeforeAWaitEndsThatWait) {
  const monotonic_time before = io().now();
  const auto wakes = io().counters().wakes;
  io().wake();
  turn(before + hours(1));
  EXPECT_LT(io().now() - before, std::chrono::minutes(1));
  EXPECT_EQ(io().counters().wakes, wakes + 1);
}

TEST_P(Wake, FromAnotherThreadEndsAWait) {
  const auto wakes = io().counters().wakes;
  const driver& shared = io();
  std::thread other([&] { shared.wake(); });
  for (int i = 0; i < 100'000 && io().counters().wakes == wakes; ++i) {
    turn(io().now() + std::chrono::seconds(10));
  }
  other.join();
  EXPECT_EQ(io().counters().wakes, wakes + 1);
}

TEST_P(Wake, ManyAreOne) {
  if (!keeps_turns_apart()) GTEST_SKIP() << "a thread may have told of some before others come";
  const auto wakes = io().counters().wakes;
  for (int i = 0; i < 10000; ++i) io().wake();
  settle();
  EXPECT_EQ(io().counters().wakes, wakes + 1);
  const monotonic_time until = io().now() + milliseconds(10);
  for (int i = 0; i < 5 && io().now() < until; ++i) turn(until);
  EXPECT_GE(io().now(), until) << "and the next wait waits again";
}

TEST_P(Wake, SignalsInterruptAWaitAndDoNotEndIt) {
  struct sigaction handler{};
  struct sigaction before{};
  handler.sa_handler = [](int) {};
  ASSERT_EQ(::sigaction(SIGALRM, &handler, &before), 0);
  const itimerval each_ms{{0, 1000}, {0, 1000}};
  const itimerval none{};
  ASSERT_EQ(::setitimer(ITIMER_REAL, &each_ms, nullptr), 0);
  const monotonic_time until = io().now() + milliseconds(20);
  turn(until);
  EXPECT_GE(io().now(), until);
  ASSERT_EQ(::setitimer(ITIMER_REAL, &none, nullptr), 0);
  ASSERT_EQ(::sigaction(SIGALRM, &before, nullptr), 0);
}

TEST_P(Wake, WhatWasWrittenBeforeItIsSeenAfterwards) {
  constexpr int messages = 5000;
  int plain = 0;  // handed over by the flag alone
  std::atomic<int> posted{0};
  const driver& shared = io();
  std::thread other([&] {
    for (int i = 1; i <= messages; ++i) {
      plain = i;
      posted.store(i, std::memory_order_release);
      shared.wake();
    }
  });
  int seen = 0;
  for (int i = 0; i < 1'000'000 && seen < messages; ++i) {
    turn(io().now() + std::chrono::seconds(10));
    seen = posted.load(std::memory_order_acquire);
  }
  other.join();
  EXPECT_EQ(seen, messages) << "the last wake was lost";
  EXPECT_EQ(plain, messages);
}

const driver* to_wake = nullptr;

TEST_P(Wake, ASignalHandlerMayCallIt) {
  to_wake = &io();
  struct sigaction action{};
  struct sigaction before{};
  action.sa_handler = [](int) { to_wake->wake(); };
  ASSERT_EQ(::sigaction(SIGUSR1, &action, &before), 0);
  const auto wakes = io().counters().wakes;
  const monotonic_time start = io().now();
  ASSERT_EQ(::raise(SIGUSR1), 0);
  turn(start + hours(1));
  EXPECT_LT(io().now() - start, std::chrono::minutes(1));
  EXPECT_EQ(io().counters().wakes, wakes + 1);
  ::sigaction(SIGUSR1, &before, nullptr);
}

TEST_P(Wake, DoesNotDisturbOutcomes) {
  auto [socket, far] = scene().connected();
  auto& receive = started<receiver>(socket);
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    io().wake();
    (void)far->send("x");
    io().wake();
    expected += 'x';
    settle(1);
  }
  EXPECT_TRUE(run_until([&] { return receive.bytes == expected; }));
}

SHOAL_CONFORMANCE(Wake);

}  // namespace
}  // namespace shoal::io::conformance
