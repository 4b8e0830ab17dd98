// The access log of whole clusters: where lines go, and that no request ever waits for one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/check.h"
#include "cluster/exit_code.h"
#include "running_app.h"

namespace shoal::cluster {
namespace {

using namespace std::chrono_literals;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

class AccessLog : public testing::Test {
 protected:
  AccessLog() {
    char name[] = "/tmp/shoal_test_log.XXXXXX";
    SHOAL_CHECK(::mkdtemp(name) != nullptr);
    place_ = name;
  }
  ~AccessLog() override { std::filesystem::remove_all(place_); }

  [[nodiscard]] std::string path(const char* name = "log") const { return place_ + "/" + name; }

 private:
  std::string place_;
};

std::string contents_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

long lines_in(const std::string& path) {
  const auto all = contents_of(path);
  return std::count(all.begin(), all.end(), '\n');
}

TEST_F(AccessLog, HasALineForEachAnswerWhenTheClusterHasEnded) {
  for (const auto* driver : {"uring", "epoll"}) {
    auto app = run_app({.flags = {"--workers", "1", "--driver", driver, "--access-log", path()}});
    if (!app.ready()) GTEST_SKIP() << "io_uring cannot be used here";
    EXPECT_EQ(fetch(app.port(), "/"), "hello");
    EXPECT_EQ(fetch(app.port(), "/nowhere?key=secret"), "");
    test_client garbage(app.port());
    garbage.send("\x1b[31m\r\n\r\n");
    EXPECT_THAT(garbage.answer(), HasSubstr(" 400 "));
    app.signal(SIGTERM);
    EXPECT_EQ(app.ended(), exit_stopped);
    const std::string begin = "127\\.0\\.0\\.1 - - \\[[^]]* \\+0000\\] ";
    EXPECT_THAT(
        contents_of(path()),
        MatchesRegex(begin + "\"GET / HTTP/1\\.1\" 200 6 \"-\" \"-\"\n" +  //
                     begin + "\"GET /nowhere\\?key=\\* HTTP/1\\.1\" 404 [0-9]+ \"-\" \"-\"\n" +
                     begin + "\"-\" 400 [0-9]+ \"-\" \"-\"\n"));
    std::filesystem::remove(path());
  }
}

TEST_F(AccessLog, ProcessesShareAFile) {
  auto app = run_app({.flags = {"--nodes", "2", "--workers", "1", "--access-log", path(),
                                "--access-log-format", "common"}});
  ASSERT_TRUE(app.ready()) << app.log();
  for (int i = 0; i < 200; ++i) ASSERT_EQ(fetch(app.port(), "/"), "hello");
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), exit_stopped);
  std::istringstream lines(contents_of(path()));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_THAT(line, MatchesRegex("127.0.0.1 - - .* \"GET / HTTP/1.1\" 200 6"));
  }
  EXPECT_EQ(count, 200);
}

TEST_F(AccessLog, Usr1OpensItAgain) {
  auto app = run_app({.flags = {"--nodes", "2", "--workers", "1", "--access-log", path()}});
  ASSERT_TRUE(app.ready()) << app.log();
  for (int i = 0; i < 20; ++i) ASSERT_EQ(fetch(app.port(), "/"), "hello");
  ASSERT_EQ(std::rename(path().c_str(), path("log.1").c_str()), 0);
  app.signal(SIGUSR1);
  // Each of the two processes says so, and has written to the old file what was before.
  for (int i = 0; i < 2; ++i) {
    EXPECT_NE(app.wait_for("the access log " + path() + " was opened again"), "");
  }
  EXPECT_EQ(lines_in(path("log.1")), 20);
  for (int i = 0; i < 20; ++i) ASSERT_EQ(fetch(app.port(), "/pid").empty(), false);
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), exit_stopped);
  EXPECT_EQ(lines_in(path("log.1")), 20);
  EXPECT_EQ(lines_in(path()), 20);
  EXPECT_THAT(contents_of(path()), Not(HasSubstr("\"GET / ")));
}

TEST_F(AccessLog, AFullDiskLosesLinesAndNoRequest) {
  auto app = run_app({.flags = {"--workers", "1", "--access-log", "/dev/full"}});
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
  EXPECT_NE(app.wait_for("1 line lost: No space left on device"), "");
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), exit_stopped);
}

TEST_F(AccessLog, AFifoThatNobodyReadsLosesLinesAndNoRequest) {
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  auto app = run_app({.flags = {"--workers", "1", "--access-log", path()}});
  ASSERT_TRUE(app.ready()) << app.log();
  // The FIFO holds 64 KiB, the ring 256 and a batch 128.
  const auto long_path = "/" + std::string(2000, 'x');
  for (int i = 0; i < 300; ++i) {
    test_client client(app.port());
    ASSERT_TRUE(client.ask(long_path));
    ASSERT_THAT(client.answer(), HasSubstr(" 404 "));
  }
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), exit_stopped);
  EXPECT_THAT(app.log(), ContainsRegex("access log: [0-9]+ lines lost"));
}

TEST_F(AccessLog, AReaderThatComesLateFindsTheLines) {
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  auto app = run_app({.flags = {"--workers", "1", "--access-log", path()}});
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
  std::ifstream reader(path());
  std::string line;
  std::getline(reader, line);
  EXPECT_THAT(line, HasSubstr("\"GET / HTTP/1.1\" 200 6"));
}

TEST_F(AccessLog, CanGoToStdout) {
  auto app = run_app({.flags = {"--workers", "1", "--access-log", "-", "--access-log-format",
                                "json", "--access-log-query", "values"},
                      .before_exec = [] { ::dup2(STDERR_FILENO, STDOUT_FILENO); }});
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_EQ(fetch(app.port(), "/?a=b"), "hello");
  EXPECT_THAT(
      app.wait_for("\"target\":\"/?a=b\""),
      MatchesRegex("\\{\"time\":\"[^\"]*Z\",\"remote\":\"127.0.0.1\",\"method\":\"GET\",.*\\}"));
}

TEST_F(AccessLog, AProcessThatIsReplacedGoesOnWithIt) {
  auto app = run_app({.flags = {"--workers", "1", "--access-log", path()}});
  ASSERT_TRUE(app.ready()) << app.log();
  ::kill(app.children().front(), SIGKILL);
  ASSERT_NE(app.wait_for("is ready"), "");
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), exit_stopped);
  EXPECT_EQ(lines_in(path()), 1);
}

/// How often threads of a process have been put on a core.
long slices_of(pid_t pid) {
  long total = 0;
  for (const auto& task :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    std::ifstream file(task.path() / "schedstat");
    long run = 0;
    long wait = 0;
    long slices = 0;
    file >> run >> wait >> slices;
    total += slices;
  }
  return total;
}

TEST_F(AccessLog, AnIdleClusterDoesNotTickForIt) {
  auto app = run_app({.flags = {"--workers", "1", "--access-log", path()}});
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
  while (lines_in(path()) == 0) {
  }
  const auto child = app.children().front();
  const auto before = slices_of(child);
  EXPECT_EQ(app.wait_for("a line that does not come", 1200ms), "");
  EXPECT_LE(slices_of(child) - before, 2);
}

}  // namespace
}  // namespace shoal::cluster
