#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/descriptor.h"
#include "conformance.h"

namespace shoal::io::conformance {
namespace {

class SendFile : public conformance {
 protected:
  /// A file that has no name. It lives as long as the test.
  int file_of(std::string_view text) {
    files_.emplace_back(::memfd_create("conformance", MFD_CLOEXEC));
    const int file = files_.back().get();
    EXPECT_EQ(::write(file, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    return file;
  }

  void send_file(file_sender& op, int socket, int file, std::uint64_t offset, std::size_t count) {
    op.file = file;
    op.offset = offset;
    op.send_file_op::count = static_cast<std::uint32_t>(count);
    start(op, socket);
  }

  [[nodiscard]] bool drain(peer& far, std::string& into, std::size_t size,
                           std::size_t most = 1 << 20) {
    return run_until([&] {
      into += far.receive(most);
      return into.size() >= size || far.ended();
    });
  }

 private:
  std::vector<descriptor> files_;
};

TEST_P(SendFile, AWholeFileArrivesAndTheOutcomeSaysHowManyBytes) {
  auto [socket, far] = scene().connected();
  auto& op = make<file_sender>();
  send_file(op, socket, file_of("a whole file"), 0, 12);

  ASSERT_TRUE(run_until([&] { return op.done(); }));
  EXPECT_EQ(op.last(), 12);
  std::string heard;
  ASSERT_TRUE(drain(*far, heard, 12));
  EXPECT_EQ(heard, "a whole file");
}

TEST_P(SendFile, APartFromTheMiddleIsThatPartAndTheFilesPositionStays) {
  auto [socket, far] = scene().connected();
  const std::string all = pattern(100'000);
  const int file = file_of(all);
  const off_t before = ::lseek(file, 0, SEEK_CUR);
  auto& op = make<file_sender>();
  send_file(op, socket, file, 12'345, 40'000);

  std::string heard;
  ASSERT_TRUE(drain(*far, heard, 40'000));
  EXPECT_TRUE(heard == all.substr(12'345, 40'000));
  ASSERT_TRUE(run_until([&] { return op.done(); }));
  EXPECT_EQ(op.last(), 40'000);
  EXPECT_EQ(::lseek(file, 0, SEEK_CUR), before);
}

TEST_P(SendFile, OneFileServesSeveralSocketsAtOnce) {
  const std::string all = pattern(30'000);
  const int file = file_of(all);
  std::vector<connection> ends;
  for (int i = 0; i < 8; ++i) {
    ends.push_back(scene().connected());
    send_file(make<file_sender>(), ends.back().socket, file, 0, all.size());
  }
  for (auto& [socket, far] : ends) {
    std::string heard;
    ASSERT_TRUE(drain(*far, heard, all.size()));
    EXPECT_TRUE(heard == all);
  }
  settle();
}

TEST_P(SendFile, FarMoreThanTheSocketHoldsArrivesExact) {
  auto [socket, far] = scene().connected();
  const std::string all = pattern(5 << 20);
  auto& op = make<file_sender>();
  send_file(op, socket, file_of(all), 1, all.size() - 1);

  std::string heard;
  ASSERT_TRUE(drain(*far, heard, all.size() - 1));
  EXPECT_TRUE(heard == std::string_view(all).substr(1));
  ASSERT_TRUE(run_until([&] { return op.done(); }));
  EXPECT_EQ(op.last(), static_cast<int>(all.size() - 1));
  EXPECT_EQ(op.outcomes.size(), 1U) << "one outcome, however many steps";
}

TEST_P(SendFile, APeerThatStopsReadingHoldsItUpAndThenGetsEveryByte) {
  auto [socket, far] = scene().connected(1 << 13);
  const std::string all = pattern(1 << 20);
  auto& op = make<file_sender>();
  send_file(op, socket, file_of(all), 0, all.size());
  settle(50);
  ASSERT_TRUE(op.in_flight()) << "the peer has read nothing";

  std::string heard;
  ASSERT_TRUE(drain(*far, heard, 10'000, 100));
  settle();
  EXPECT_TRUE(op.in_flight());
  ASSERT_TRUE(drain(*far, heard, all.size()));
  EXPECT_TRUE(heard == all);
  EXPECT_TRUE(run_until([&] { return op.done(); }));
}

TEST_P(SendFile, OneThatIsStuckDoesNotHoldUpReceiving) {
  auto [socket, far] = scene().connected(1 << 13);
  auto& receive = started<receiver>(socket);
  const std::string all = pattern(1 << 20);
  auto& op = make<file_sender>();
  send_file(op, socket, file_of(all), 0, all.size());
  settle();
  (void)far->send("are you there?");
  EXPECT_TRUE(run_until([&] { return receive.bytes == "are you there?"; }));
  EXPECT_TRUE(op.in_flight());
}

TEST_P(SendFile, ALongOneLetsOthersHaveTheirTurns) {
  auto [socket, far] = scene().connected(16 << 20);
  auto other = scene().connected();
  auto& receive = started<receiver>(other.socket);
  const std::string all = pattern(8 << 20);
  auto& op = make<file_sender>();
  send_file(op, socket, file_of(all), 0, all.size());
  (void)other.far->send("me too");
  std::string heard;
  ASSERT_TRUE(run_until([&] {
    heard += far->receive();
    return !receive.bytes.empty();
  }));
  EXPECT_LT(heard.size(), all.size());
  ASSERT_TRUE(drain(*far, heard, all.size()));
  EXPECT_TRUE(heard == all);
}

TEST_P(SendFile, AFileThatIsShorterEndsItWithWhatThereWas) {
  auto [socket, far] = scene().connected();
  auto& op = make<file_sender>();
  send_file(op, socket, file_of("only this"), 5, 1000);
  ASSERT_TRUE(run_until([&] { return op.done(); }));
  EXPECT_EQ(op.last(), 4);
  std::string heard;
  ASSERT_TRUE(drain(*far, heard, 4));
  EXPECT_EQ(heard, "this");
}

TEST_P(SendFile, FromBehindTheFilesEndSendsNothing) {
  auto [socket, far] = scene().connected();
  auto& op = make<file_sender>();
  send_file(op, socket, file_of("short"), 5, 1);
  ASSERT_TRUE(run_until([&] { return op.done(); }));
  EXPECT_EQ(op.last(), 0);
}

TEST_P(SendFile, OneThatShrinksOnTheWayEndsWithWhatWasSent) {
  auto [socket, far] = scene().connected(1 << 13);
  const std::string all = pattern(1 << 20);
  const int file = file_of(all);
  auto& op = make<file_sender>();
  send_file(op, socket, file, 0, all.size());
  settle();
  ASSERT_TRUE(op.in_flight());
  ASSERT_EQ(::ftruncate(file, 1), 0);

  std::string heard;
  ASSERT_TRUE(run_until([&] {
    heard += far->receive();
    return op.done() && static_cast<int>(heard.size()) >= op.last();
  }));
  EXPECT_GT(op.last(), 0);
  EXPECT_LT(op.last(), static_cast<int>(all.size()));
  EXPECT_EQ(heard.size(), static_cast<std::size_t>(op.last()));
}

TEST_P(SendFile, StandsBetweenTwoSendsInOrder) {
  auto [socket, far] = scene().connected();
  const int file = file_of("the file");
  auto& head = make<sender>();
  auto& body = make<file_sender>();
  auto& tail = make<sender>();
  head.more_follows = true;
  head.then = [&, near = socket](outcome) { send_file(body, near, file, 0, 8); };
  body.then = [&, near = socket](outcome) { send(tail, near, " tail"); };
  send(head, socket, "head ");

  std::string heard;
  ASSERT_TRUE(drain(*far, heard, 18));
  EXPECT_EQ(heard, "head the file tail");
  ASSERT_TRUE(run_until([&] { return tail.done(); }));
}

TEST_P(SendFile, InARowFromTheirOwnOutcomesKeepTheirOrder) {
  auto [socket, far] = scene().connected();
  const std::string all = pattern(5000);
  const int file = file_of(all);
  auto& op = make<file_sender>();
  op.then = [&, near = socket](outcome) {
    if (op.outcomes.size() < 50) send_file(op, near, file, op.outcomes.size() * 100, 100);
  };
  send_file(op, socket, file, 0, 100);
  std::string heard;
  ASSERT_TRUE(drain(*far, heard, all.size()));
  EXPECT_TRUE(heard == all);
  ASSERT_TRUE(run_until([&] { return op.outcomes.size() == 50; }));
  op.then = nullptr;
}

TEST_P(SendFile, OutcomesComeFromALaterDeliver) {
  auto [socket, far] = scene().connected();
  auto& op = make<file_sender>();
  send_file(op, socket, file_of("x"), 0, 1);
  EXPECT_TRUE(op.in_flight());
  io().wait({});
  EXPECT_TRUE(op.in_flight());
  EXPECT_TRUE(run_until([&] { return op.done(); }));
}

TEST_P(SendFile, WhatIsNoFileIsAnError) {
  auto [socket, far] = scene().connected();
  auto& op = make<file_sender>();
  send_file(op, socket, -1, 0, 1);
  ASSERT_TRUE(run_until([&] { return op.done(); }));
  EXPECT_EQ(op.last(), -EBADF);
}

bool means_gone(int value) { return value == -EPIPE || value == -ECONNRESET; }

TEST_P(SendFile, ToAPeerThatResetIsAnErrorAndNoSignal) {
  struct sigaction before{};
  ASSERT_EQ(::sigaction(SIGPIPE, nullptr, &before), 0);
  ASSERT_EQ(before.sa_handler, SIG_DFL) << "a signal would end this test";
  auto [socket, far] = scene().connected();
  const int file = file_of("anybody?");
  far->reset();
  settle();
  for (int i = 0; i < 2; ++i) {  // the second one meets EPIPE, whatever the first one met
    auto& op = make<file_sender>();
    send_file(op, socket, file, 0, 8);
    ASSERT_TRUE(run_until([&] { return op.done(); }));
    EXPECT_TRUE(means_gone(op.last())) << op.last();
  }
}

TEST_P(SendFile, AResetEndsOneThatIsStuck) {
  auto [socket, far] = scene().connected(1 << 13);
  auto& op = make<file_sender>();
  send_file(op, socket, file_of(pattern(1 << 20)), 0, 1 << 20);
  settle();
  ASSERT_TRUE(op.in_flight());
  far->reset();
  ASSERT_TRUE(run_until([&] { return op.done(); }));
  EXPECT_TRUE(means_gone(op.last())) << op.last();
}

TEST_P(SendFile, AfterShuttingDownIsAnError) {
  auto [socket, far] = scene().connected();
  io().shutdown_send(socket);
  auto& op = make<file_sender>();
  send_file(op, socket, file_of("too late"), 0, 8);
  ASSERT_TRUE(run_until([&] { return op.done(); }));
  EXPECT_EQ(op.last(), -EPIPE);
}

TEST_P(SendFile, CancelOfOneThatIsStuckEndsItAndTheSocketCloses) {
  auto [socket, far] = scene().connected(1 << 13);
  const std::string all = pattern(1 << 20);
  auto& op = make<file_sender>();
  send_file(op, socket, file_of(all), 0, all.size());
  settle();
  ASSERT_TRUE(op.in_flight());
  io().cancel(op);
  io().cancel(op);
  ASSERT_TRUE(run_until([&] { return op.done(); }));
  EXPECT_EQ(op.last(), -ECANCELED);
  settle();
  EXPECT_EQ(op.outcomes.size(), 1U);
  io().close(socket);

  std::string heard;
  ASSERT_TRUE(run_until([&] {
    heard += far->receive();
    return far->ended();
  }));
  EXPECT_TRUE(heard == std::string_view(all).substr(0, heard.size())) << "a part, and in order";
}

TEST_P(SendFile, CancelOfOneThatGoesOnEndsIt) {
  auto [socket, far] = scene().connected(16 << 20);
  auto& op = make<file_sender>();
  send_file(op, socket, file_of(pattern(8 << 20)), 0, 8 << 20);
  io().cancel(op);
  ASSERT_TRUE(run_until([&] { return op.done(); }));
  settle();
  EXPECT_EQ(op.outcomes.size(), 1U);
  EXPECT_TRUE(op.last() == -ECANCELED || op.last() == 8 << 20) << op.last();
}

TEST_P(SendFile, CancelOfOneThatNothingHindersTellsWhatHappened) {
  auto [socket, far] = scene().connected();
  auto& op = make<file_sender>();
  send_file(op, socket, file_of("gone?"), 0, 5);
  io().cancel(op);
  ASSERT_TRUE(run_until([&] { return op.done(); }));
  EXPECT_TRUE(op.last() == 5 || op.last() == -ECANCELED) << op.last();
  settle();
  EXPECT_EQ(op.outcomes.size(), 1U);
}

TEST_P(SendFile, MayBeUnderWayWhenTheDriverEnds) {
  auto [socket, far] = scene().connected(1 << 13);
  auto& stuck = make<file_sender>();
  send_file(stuck, socket, file_of(pattern(1 << 20)), 0, 1 << 20);
  settle();
  auto other = scene().connected();
  send_file(make<file_sender>(), other.socket, file_of("untold"), 0, 6);
  scene().close_driver();
  EXPECT_TRUE(stuck.in_flight());
}

SHOAL_CONFORMANCE(SendFile);

}  // namespace
}  // namespace shoal::io::conformance
