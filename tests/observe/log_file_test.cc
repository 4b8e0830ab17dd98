#include "observe/log_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>
#include <thread>

#include "places.h"
#include "support/child_process.h"

namespace shoal::observe {
namespace {

using ::testing::HasSubstr;

log_file open(const std::string& path) {
  auto file = log_file::open(path);
  SHOAL_CHECK(file.ok());
  return std::move(file).value();
}

/// A line of `size` bytes.
std::string line(std::size_t size, char c = 'x') { return std::string(size - 1, c) + "\n"; }

TEST(LogFile, AppendsToWhatIsThere) {
  const scratch_directory place;
  const auto path = place / "log";
  EXPECT_EQ(open(path).write("one\n").bytes, 4U);
  EXPECT_EQ(open(path).write("two\n").error, 0);
  EXPECT_EQ(contents_of(path), "one\ntwo\n");
}

TEST(LogFile, APathThatCannotBeOpenedIsNamedWithTheCure) {
  const auto file = log_file::open("/nonexistent/place/log");
  ASSERT_FALSE(file.ok());
  EXPECT_THAT(file.error().message, HasSubstr("cannot open access log /nonexistent/place/log: No "
                                              "such file or directory; make its directory"));
  EXPECT_FALSE(log_file::open("/tmp").ok());
}

TEST(LogFile, ACheckSaysWhatOpeningWouldAndMakesNoFile) {
  const scratch_directory place;
  EXPECT_TRUE(log_file::check(place / "log").ok());
  EXPECT_FALSE(std::filesystem::exists(place / "log"));
  EXPECT_TRUE(log_file::check("-").ok());
  EXPECT_TRUE(log_file::check("/dev/null").ok());
  for (const char* const path : {"/nonexistent/place/log", "/tmp", "/dev/null/log"}) {
    const auto checked = log_file::check(path);
    ASSERT_FALSE(checked.ok()) << path;
    EXPECT_EQ(checked.error().message, log_file::open(path).error().message);
  }
}

TEST(LogFile, AClosedOneFails) { EXPECT_EQ(log_file().write("x\n").error, EBADF); }

TEST(LogFile, AFullDeviceSaysSo) {
  const auto done = open("/dev/full").write("one\n");
  EXPECT_EQ(done.bytes, 0U);
  EXPECT_EQ(done.error, ENOSPC);
}

TEST(LogFile, SeveralThatAppendToOneFileKeepTheirLinesWhole) {
  const scratch_directory place;
  const auto path = place / "log";
  const auto batch = line(3000, 'a') + line(5000, 'b');
  std::thread threads[4];
  for (auto& thread : threads) {
    thread = std::thread([&] {
      auto file = open(path);
      for (int i = 0; i < 100; ++i) (void)file.write(batch);
    });
  }
  for (auto& thread : threads) thread.join();
  const auto all = contents_of(path);
  ASSERT_EQ(all.size(), 400 * batch.size());
  for (std::size_t at = 0; at < all.size(); at += batch.size()) {
    ASSERT_EQ(all.compare(at, batch.size(), batch), 0);
  }
}

TEST(LogFile, AFifoNeedsNoReaderAndNeverWaits) {
  const scratch_directory place;
  fifo pipe(place / "fifo");
  auto file = open(pipe.path());
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += line(1000);
  const auto done = file.write(lines);
  EXPECT_EQ(done.error, EAGAIN);
  EXPECT_GT(done.bytes, 0U);
  EXPECT_EQ(done.bytes % 1000, 0U);  // none of them in two
  EXPECT_EQ(pipe.read(), lines.substr(0, done.bytes));
}

TEST(LogFile, LinesOfSeveralProcessesDoNotMixInAPipe) {
  const scratch_directory place;
  fifo pipe(place / "fifo");
  auto one = open(pipe.path());
  auto other = open(pipe.path());
  std::string as;
  std::string bs;
  for (int i = 0; i < 10; ++i) as += line(1500, 'a'), bs += line(1500, 'b');
  // Each write puts in as many whole lines as PIPE_BUF holds, so the two can only meet at lines.
  std::thread first([&] { (void)one.write(as); });
  std::thread second([&] { (void)other.write(bs); });
  first.join();
  second.join();
  const auto all = pipe.read();
  ASSERT_EQ(all.size(), as.size() + bs.size());
  for (std::size_t at = 0; at < all.size(); at += 1500) {
    EXPECT_EQ(all.substr(at, 1500), line(1500, all[at]));
  }
}

// In a child, since the limit is a process's.
TEST(LogFile, ATornLineIsEndedBeforeTheNextOne) {
  const scratch_directory place;
  const auto path = place / "log";
  testing::child_process child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    auto file = open(path);
    const rlimit small{6, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &small);
    const auto torn = file.write("one\ntwo\nthree\n");
    const bool right = torn.bytes == 6 && torn.error == EFBIG;
    file.give_up_rest();
    if (file.write("lost\n").error != EFBIG) ::_exit(2);  // still no room, nothing is written
    const rlimit large{RLIM_INFINITY, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &large);
    (void)file.write("four\n");
    ::_exit(right ? 0 : 1);
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(contents_of(path), "one\ntw\nfour\n");
}

TEST(LogFile, StdoutMayBeASocket) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const descriptor mine(ends[0]);
  const descriptor theirs(ends[1]);
  testing::child_process child([&] {
    ::dup2(theirs.get(), STDOUT_FILENO);
    auto file = open("-");
    (void)file.write("one\n");
    const std::string much(1'000'000, '\n');
    while (file.write(much).error == 0) {
    }
    ::_exit(file.write("x\n").error == EAGAIN ? 0 : 1);  // it does not wait for a reader
  });
  EXPECT_EQ(child.wait(), 0);
  char bytes[4];
  ASSERT_EQ(::read(mine.get(), bytes, 4), 4);
  EXPECT_EQ(std::string_view(bytes, 4), "one\n");
}

}  // namespace
}  // namespace shoal::observe
