// What the slots of a real cluster say, read by the operator's program from outside: while workers
// are stuck, while everything is stopped, and while somebody writes nonsense into all of them.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "base/random.h"
#include "cluster/exit_code.h"
#include "running_app.h"
#include "shm/load_segment.h"
#include "shoal_program.h"
#include "support/prometheus_text.h"

namespace shoal::cluster {
namespace {

using ::testing::HasSubstr;

TEST(LoadFromOutside, ShowsAWorkerInsideAHandlerAndWhyItGetsNothing) {
  auto app = run_app({.flags = {"--workers", "1"}});
  ASSERT_TRUE(app.ready()) << app.log();
  const auto pid = std::to_string(app.pid());
  test_client blocker(app.port());
  ASSERT_TRUE(blocker.ask("/block/20000"));
  const auto json = run_shoal_until("status --json --pid " + pid, "in a turn for");
  EXPECT_EQ(json.exit_code, 0);
  EXPECT_THAT(json.text, HasSubstr(R"("eligible":false,"not_eligible_because":"in a turn for)"));
  EXPECT_THAT(run_shoal("status --pid " + pid).text, HasSubstr("no: in a turn for"));
  EXPECT_THAT(run_shoal("top --once --pid " + pid).text, HasSubstr("in a turn for"));
}

TEST(LoadFromOutside, IsSeenWhileAllIsStopped) {
  auto app = run_app({.flags = {"--workers", "2"}});
  ASSERT_TRUE(app.ready()) << app.log();
  const auto pid = std::to_string(app.pid());
  const auto child = app.children().front();
  ASSERT_TRUE(stop_all_threads(child));
  ASSERT_TRUE(stop_all_threads(app.pid()));
  for (const char* command : {"status --pid ", "top --once --pid "}) {
    const auto seen = run_shoal(command + pid);
    EXPECT_EQ(seen.exit_code, 0);
    EXPECT_THAT(seen.text, HasSubstr("supervisor " + pid));
    EXPECT_THAT(seen.text, HasSubstr("2 of 2 workers ready"));
  }
  ::kill(child, SIGCONT);
  ::kill(app.pid(), SIGCONT);
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
}

TEST(LoadFromOutside, CountsRequestsConnectionsAndStalls) {
  auto app = run_app({.flags = {"--workers", "1"}});
  ASSERT_TRUE(app.ready()) << app.log();
  const auto status = "status --json --pid " + std::to_string(app.pid());
  const test_client silent(app.port());
  EXPECT_THAT(run_shoal_until(status, R"("unserved":1,)").text, HasSubstr(R"("unserved":1,)"));
  EXPECT_EQ(fetch(app.port(), "/block/30"), "blocked");
  EXPECT_THAT(run_shoal_until(status, R"("stalls":1,)").text, HasSubstr(R"("stalls":1,)"));
}

/// The load segment of a running supervisor, written from outside: its seals forbid a mapping, but
/// not a debugger.
class foreign_segment final {
 public:
  explicit foreign_segment(pid_t pid)
      : memory_(::open(("/proc/" + std::to_string(pid) + "/mem").c_str(), O_RDWR | O_CLOEXEC)) {
    std::ifstream maps("/proc/" + std::to_string(pid) + "/maps");
    for (std::string line; std::getline(maps, line);) {
      const bool writable = line.find(" rw-s ") != std::string::npos;
      if (!writable || line.find("memfd:shoal.load") == std::string::npos) continue;
      begin_ = std::strtoull(line.c_str(), nullptr, 16);
    }
  }
  [[nodiscard]] bool found() const { return memory_.open() && begin_ != 0; }

  void write(std::size_t offset, std::uint64_t value) const {
    ASSERT_EQ(::pwrite(memory_.get(), &value, 8, static_cast<off_t>(begin_ + offset)), 8);
  }

 private:
  descriptor memory_;
  std::uint64_t begin_ = 0;
};

TEST(LoadFromOutside, NonsenseInEverySlotHurtsNobody) {
  constexpr unsigned workers = 3;
  auto app = run_app({.flags = {"--workers", std::to_string(workers)}});
  ASSERT_TRUE(app.ready()) << app.log();
  const auto pid = std::to_string(app.pid());
  const foreign_segment segment(app.pid());
  if (!segment.found()) GTEST_SKIP() << "this user may not write into another process";
  const char* given = std::getenv("SHOAL_SEED");
  const std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : draw_seed();
  SCOPED_TRACE("SHOAL_SEED=" + std::to_string(seed));
  random_source random(seed);
  for (int round = 0; round < 200; ++round) {
    for (std::size_t at = 0; at < workers * sizeof(shm::load_slot); at += 8) {
      segment.write(sizeof(shm::load_header) + at, random.next() >> random.below(64));
    }
    ASSERT_EQ(fetch(app.port(), "/"), "hello") << app.log();
    if (round % 20 != 0) continue;
    EXPECT_EQ(shoal::testing::prometheus_text(fetch(app.port(), "/metrics") + "\n").problem, "");
    for (const char* command : {"status --pid ", "status --json --pid ", "top --once --pid "}) {
      ASSERT_EQ(run_shoal(command + pid).exit_code, 0);
    }
  }
  // The processes are the supervisor's by what it keeps to itself.
  const auto first = app.children().front();
  ::kill(first, SIGKILL);
  ASSERT_NE(app.wait_for("is ready"), "");
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
  EXPECT_THAT(run_shoal_until("status --pid " + pid, "3 of 3 workers ready").text,
              HasSubstr("3 of 3 workers ready"));
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), exit_stopped);
}

TEST(LoadFromOutside, NonsenseInTheHeaderIsRefusedOrMadeHarmless) {
  auto app = run_app({.flags = {"--workers", "1"}});
  ASSERT_TRUE(app.ready()) << app.log();
  const auto pid = std::to_string(app.pid());
  const foreign_segment segment(app.pid());
  if (!segment.found()) GTEST_SKIP() << "this user may not write into another process";
  segment.write(offsetof(shm::load_header, dispatch), 0x4a325b1b'4a325b1b);  // ESC [2J, twice
  EXPECT_THAT(run_shoal("status --pid " + pid).text, HasSubstr("dispatch: ?[2J?[2J"));
  segment.write(offsetof(shm::load_header, slot_count), 4096);
  EXPECT_THAT(run_shoal("status --pid " + pid).text, HasSubstr("damaged load segment"));
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
}

}  // namespace
}  // namespace shoal::cluster
