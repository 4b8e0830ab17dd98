// With its thread. What a test waits for is what comes out of a pipe.
#include "observe/access_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <mutex>
#include <vector>

#include "base/log.h"
#include "http/parser.h"
#include "places.h"
#include "support/allocations.h"
#include "support/child_process.h"

namespace shoal::observe {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr wall_time moment{std::chrono::sys_days(std::chrono::year{2026} / 11 / 24)};

access_log_options options_for(std::string path) {
  return {.path = std::move(path), .format = access_format::common, .interval = 0ms, .clock = [] {
            return moment;
          }};
}

/// A request for it that was answered.
struct asked {
  explicit asked(std::string_view target)
      : bytes("GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\nUser-Agent: test\r\n\r\n") {
    http::parse_progress progress;
    SHOAL_CHECK(http::parse_head(bytes, {}, progress, head).status == http::parse_status::complete);
  }
  asked(const asked&) = delete;
  asked& operator=(const asked&) = delete;

  operator http::answered_request() const {
    return {.request = &head, .status = 200, .remote = "::1", .request_id = {}};
  }

  std::string bytes;
  http::head head;
};

std::string line_for(std::string_view target) {
  return "::1 - - [24/Nov/2026:00:00:00 +0000] \"GET " + std::string(target) +
         " HTTP/1.1\" 200 0\n";
}

std::mutex said_lock;
std::vector<std::string> said;

void collect(log_level, std::string_view line) {
  const std::lock_guard held(said_lock);
  said.emplace_back(line);
}

struct collected_log {
  collected_log() {
    said.clear();
    set_log_sink(collect);
  }
  ~collected_log() { set_log_sink(nullptr); }

  /// Waits for the nth line.
  static std::string line(std::size_t n) {
    while (true) {
      const std::lock_guard held(said_lock);
      if (said.size() > n) return said[n];
    }
  }
};

TEST(AccessLog, ALineIsWrittenWithoutAnythingElse) {
  const scratch_directory place;
  fifo pipe(place / "fifo");
  access_log log(options_for(pipe.path()), 2);
  for (const char* const target : {"/one", "/two", "/three"}) {
    log.of(1).answered(asked(target));
    EXPECT_EQ(pipe.read_lines(1), line_for(target));
  }
  EXPECT_EQ(log.dropped(), 0U);
}

TEST(AccessLog, WhatIsKnownOfARequestIsInItsLine) {
  const scratch_directory place;
  auto options = options_for(place / "log");
  options.format = access_format::json;
  {
    access_log log(options, 1);
    const asked of("/a?b=c");
    http::answered_request what = of;
    what.body_bytes = 12;
    what.took = 1500us;
    what.request_id = "77";
    log.of(0).answered(what);
    log.of(0).answered({.request = nullptr, .status = 400});
  }
  EXPECT_EQ(contents_of(place / "log"),
            R"({"time":"2026-11-24T00:00:00.000Z","remote":"::1","method":"GET","target":"/a?b=*",)"
            R"("protocol":"HTTP/1.1","host":"a","status":200,"bytes":12,"took_us":1500,)"
            R"("user_agent":"test","request_id":"77"})"
            "\n"
            R"({"time":"2026-11-24T00:00:00.000Z","status":400,"bytes":0,"took_us":0})"
            "\n");
}

TEST(AccessLog, EndsWithEverythingWritten) {
  const scratch_directory place;
  auto options = options_for(place / "log");
  options.interval = 1h;
  {
    access_log log(options, 2);
    log.of(0).answered(asked("/one"));
    log.of(1).answered(asked("/two"));
  }
  EXPECT_EQ(contents_of(place / "log"), line_for("/one") + line_for("/two"));
}

TEST(AccessLog, ARingThatIsHalfFullDoesNotWaitForTheInterval) {
  const scratch_directory place;
  fifo pipe(place / "fifo");
  auto options = options_for(pipe.path());
  options.interval = 1h;
  options.ring_bytes = 1024;
  access_log log(options, 1);
  const auto enough = 512 / line_for("/x").size() + 1;
  for (std::size_t i = 0; i < enough; ++i) log.of(0).answered(asked("/x"));
  EXPECT_EQ(pipe.read_lines(1).substr(0, line_for("/x").size()), line_for("/x"));
}

TEST(AccessLog, AfterAReopenLinesGoToTheNewFile) {
  const collected_log collected;
  const scratch_directory place;
  const auto path = place / "log";
  const auto old = place / "log.1";
  auto options = options_for(path);
  options.interval = 1h;  // the wish does not wait for it
  {
    access_log log(options, 1);
    log.of(0).answered(asked("/old"));
    ASSERT_EQ(::rename(path.c_str(), old.c_str()), 0);
    fifo next(path);
    log.reopen();
    EXPECT_EQ(collected_log::line(0), "the access log " + path + " was opened again");
    log.of(0).answered(asked("/new"));
    log.reopen();
    EXPECT_EQ(next.read_lines(1), line_for("/new"));
  }
  EXPECT_EQ(contents_of(old), line_for("/old"));
}

// The workers of this test would wait for ever if the log ever did.
TEST(AccessLog, NobodyWaitsForAReaderThatDoesNotRead) {
  const scratch_directory place;
  fifo pipe(place / "fifo");
  auto options = options_for(pipe.path());
  options.ring_bytes = 4096;
  std::uint64_t lost = 0;
  {
    access_log log(options, 1);
    while (log.dropped() < 1000) log.of(0).answered(asked("/x"));
    lost = log.dropped();
    // Somebody reads again, and lines come again.
    EXPECT_FALSE(pipe.read_lines(1).empty());
  }
  EXPECT_GE(lost, 1000U);
}

TEST(AccessLog, AFullDiskIsSaidInTheErrorLog) {
  const collected_log collected;
  {
    access_log log(options_for("/dev/full"), 1);
    log.of(0).answered(asked("/x"));
  }
  EXPECT_EQ(collected_log::line(0), "access log: 1 line lost: No space left on device");
}

TEST(AccessLog, AFileThatCannotBeOpenedLosesLinesUntilItIsMended) {
  const collected_log collected;
  const scratch_directory place;
  std::filesystem::create_directory(place / "log");
  {
    access_log log(options_for(place / "log"), 1);
    EXPECT_THAT(collected_log::line(0), HasSubstr("cannot open access log"));
    log.of(0).answered(asked("/lost"));
    EXPECT_THAT(collected_log::line(1), HasSubstr("1 line lost: Bad file descriptor"));
    std::filesystem::remove(place / "log");
    fifo mended(place / "log");
    log.reopen();
    while (mended.read().empty()) log.of(0).answered(asked("/kept"));
  }
}

// In a child, since the limit is a process's.
TEST(AccessLog, AFileAtItsSizeLimitEndsNobody) {
  const scratch_directory place;
  testing::child_process child([&] {
    set_log_level(log_level::off);
    const rlimit small{10, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &small);
    access_log log(options_for(place / "log"), 1);
    log.of(0).answered(asked("/x"));
    while (std::filesystem::file_size(place / "log") < 10) std::this_thread::yield();
  });
  EXPECT_EQ(child.wait(), 0);
}

TEST(AccessLog, ALineCostsNoAllocation) {
  if (!test::allocations_are_counted()) GTEST_SKIP() << "allocations are not counted here";
  access_log log(options_for("/dev/null"), 1);
  const asked of("/x");
  const auto before = test::allocations();
  for (int i = 0; i < 1000; ++i) log.of(0).answered(of);
  EXPECT_EQ(test::allocations(), before);
}

}  // namespace
}  // namespace shoal::observe
