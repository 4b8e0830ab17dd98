#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "conformance.h"

namespace shoal::io::conformance {
namespace {

class Accept : public conformance {};

TEST_P(Accept, AConnectionThatWaitsIsAcceptedAndTheOperationStaysArmed) {
  const int listener = scene().listen();
  const auto far = scene().connect(listener);
  auto& accept = started<acceptor>(listener);

  ASSERT_TRUE(run_until([&] { return accept.count() == 1; }));
  EXPECT_GE(accept.sockets.at(0), 0);
  EXPECT_TRUE(accept.in_flight());
}

TEST_P(Accept, ConnectionsThatComeLaterAreAcceptedByTheSameOperation) {
  const int listener = scene().listen();
  auto& accept = started<acceptor>(listener);
  std::vector<std::unique_ptr<peer>> far;

  for (std::size_t i = 1; i <= 5; ++i) {
    settle(2);
    far.push_back(scene().connect(listener));
    ASSERT_TRUE(run_until([&] { return accept.sockets.size() == i; }));
  }
}

TEST_P(Accept, AHundredThatWaitAreAllAcceptedOnce) {
  const int listener = scene().listen();
  std::vector<std::unique_ptr<peer>> far;
  for (int i = 0; i < 100; ++i) far.push_back(scene().connect(listener));
  auto& accept = started<acceptor>(listener);

  ASSERT_TRUE(run_until([&] { return accept.sockets.size() == 100; }));
  settle();
  std::sort(accept.sockets.begin(), accept.sockets.end());
  EXPECT_EQ(std::unique(accept.sockets.begin(), accept.sockets.end()), accept.sockets.end());
  EXPECT_EQ(accept.count(), 100U);
}

TEST_P(Accept, WhoIsServedAllTheTimeDoesNotKeepNewcomersWaiting) {
  reopen({.queue_entries = 8});  // what one look into the kernel can report
  std::vector<connection> busy;
  for (int i = 0; i < 32; ++i) {
    busy.push_back(scene().connected());
    started<receiver>(busy.back().socket);
  }
  const int listener = scene().listen();
  auto& accept = started<acceptor>(listener);
  std::vector<std::unique_ptr<peer>> far;
  for (int i = 0; i < 60; ++i) far.push_back(scene().connect(listener));

  for (int i = 0; i < 100 && accept.sockets.size() < 60; ++i) {
    for (const connection& each : busy) (void)each.far->send("x");
    settle(1);
  }
  EXPECT_EQ(accept.sockets.size(), 60U);
}

TEST_P(Accept, SocketsAreNonBlockingAndCloseOnExec) {
  if (GetParam().name == "sim") GTEST_SKIP() << "sim: its descriptors are not the kernel's";
  const int listener = scene().listen();
  const auto far = scene().connect(listener);
  auto& accept = started<acceptor>(listener);

  ASSERT_TRUE(run_until([&] { return accept.sockets.size() == 1; }));
  EXPECT_NE(::fcntl(accept.sockets[0], F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(accept.sockets[0], F_GETFD) & FD_CLOEXEC, 0);
}

TEST_P(Accept, AResetBeforeAcceptDoesNotEndTheOperation) {
  const int listener = scene().listen();
  scene().connect(listener)->reset();
  const auto far = scene().connect(listener);
  auto& accept = started<acceptor>(listener);

  // Some drivers see a socket that is dead already, others nothing: the second one comes anyhow.
  const auto alive = [&] {
    if (accept.sockets.empty()) return false;
    (void)far->send("x");
    return true;
  };
  ASSERT_TRUE(run_until(alive));
  settle();
  auto& receive = started<receiver>(accept.sockets.back());
  EXPECT_TRUE(run_until([&] { return !receive.bytes.empty(); }));
  EXPECT_TRUE(accept.in_flight());
}

TEST_P(Accept, TwoListenersDoNotMix) {
  const int first = scene().listen();
  const int second = scene().listen();
  auto& to_first = started<acceptor>(first);
  auto& to_second = started<acceptor>(second);
  const auto a = scene().connect(second);
  const auto b = scene().connect(first);
  const auto c = scene().connect(second);

  ASSERT_TRUE(run_until([&] { return to_first.count() + to_second.count() == 3; }));
  EXPECT_EQ(to_first.sockets.size(), 1U);
  EXPECT_EQ(to_second.sockets.size(), 2U);
}

TEST_P(Accept, WithoutDescriptorsItEndsOnceAndTheConnectionStaysAcceptable) {
  if (!keeps_turns_apart()) GTEST_SKIP() << "a thread accepts while descriptors are taken";
  const int listener = scene().listen();
  auto& accept = started<acceptor>(listener);
  settle();
  const auto far = scene().connect(listener);
  scene().exhaust_descriptors();

  ASSERT_TRUE(run_until([&] { return accept.done(); }));
  EXPECT_EQ(accept.last(), -EMFILE);
  const monotonic_time until = io().now() + std::chrono::milliseconds(10);
  for (int i = 0; i < 5 && io().now() < until; ++i) turn(until);
  EXPECT_GE(io().now(), until) << "waiting is waiting, not a spin";
  EXPECT_EQ(accept.count(), 1U);

  scene().restore_descriptors();
  start(accept, listener);
  ASSERT_TRUE(run_until([&] { return accept.sockets.size() == 1; }));
  (void)far->send("still here");
  auto& receive = started<receiver>(accept.sockets[0]);
  EXPECT_TRUE(run_until([&] { return receive.bytes == "still here"; }));
}

TEST_P(Accept, MayBeStartedAgainFromItsLastOutcome) {
  const int listener = scene().listen();
  auto& accept = started<acceptor>(listener);
  accept.then = [&](outcome o) {
    if (!o.more) start(accept, listener);
  };
  io().cancel(accept);
  ASSERT_TRUE(run_until([&] { return accept.count() == 1; }));

  const auto far = scene().connect(listener);
  EXPECT_TRUE(run_until([&] { return accept.sockets.size() == 1; }));
  accept.then = nullptr;
}

TEST_P(Accept, NothingIsAcceptedOnceItHasBeenCancelled) {
  const int listener = scene().listen();
  auto& accept = started<acceptor>(listener);
  settle();
  finish(accept);
  EXPECT_EQ(accept.last(), -ECANCELED);

  const auto far = scene().connect(listener);
  settle();
  EXPECT_EQ(accept.count(), 1U);
  start(accept, listener);
  EXPECT_TRUE(run_until([&] { return accept.sockets.size() == 1; }));
}

TEST_P(Accept, CancelWithAConnectionWaitingLosesNone) {
  const int listener = scene().listen();
  const auto far = scene().connect(listener);
  auto& accept = started<acceptor>(listener);
  io().wait({});
  io().cancel(accept);
  ASSERT_TRUE(run_until([&] { return accept.done(); }));

  if (accept.sockets.empty()) start(accept, listener);
  EXPECT_TRUE(run_until([&] { return accept.sockets.size() == 1; }));
}

SHOAL_CONFORMANCE(Accept);

}  // namespace
}  // namespace shoal::io::conformance
