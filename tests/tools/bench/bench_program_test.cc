// `shoal bench` from outside: the measured server, one measurement, and a whole plan as short as
// can be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <utility>

#include "../program.h"
#include "bench/bench_run.h"
#include "bench/cores.h"
#include "bench/local_host.h"
#include "bench/measure.h"
#include "bench/plan.h"
#include "bench/results_json.h"
#include "io/open.h"
#include "support/scratch_directory.h"

namespace shoal::bench {
namespace {

using ::testing::HasSubstr;
using tool::run;

field_of_play field() {
  return {.program = SHOAL_PROGRAM,
          .server_cpus = {able_cores().front()},
          .steps_in_a_microsecond = 300};
}

measuring how(server_host& host) {
  return {.host = &host,
          .program = SHOAL_PROGRAM,
          .generator_cpus = {able_cores().back()},
          .window = 0.2,
          .warm_up = 0.05};
}

bool never_stop() { return false; }

TEST(BenchServe, AnswersTheSameOnEachDriver) {
  for (const char* contender : {"epoll", "asio", "uring"}) {
    const bool uring = std::string_view(contender) == "uring";
    if (uring && !io::choose_driver(io::driver_kind::uring)) continue;
    auto server = local_host(field()).start(contender, 5000, never_stop);
    ASSERT_TRUE(server.ok()) << server.error().message;
    const auto before = server.value()->look_at();
    const auto after = server.value()->look_at();
    ASSERT_TRUE(before.ok() && after.ok()) << contender;
    EXPECT_EQ(after.value().counters->requests, before.value().counters->requests + 1);
    EXPECT_GT(after.value().counters->completions, before.value().counters->completions);
    EXPECT_EQ(after.value().counters->system_calls.has_value(),
              std::string_view(contender) != "asio");
    EXPECT_TRUE(server.value()->stop().ok());
  }
}

TEST(BenchServe, IsAClusterWhoseProcessesAreAllLookedAt) {
  auto server = local_host(field()).start("dispatch handoff", 5000, never_stop);
  ASSERT_TRUE(server.ok()) << server.error().message;
  const auto seen = server.value()->look_at();
  ASSERT_TRUE(seen.ok()) << seen.error().message;
  EXPECT_FALSE(seen.value().counters.has_value());
  EXPECT_GT(seen.value().use.cpu_ns, 0U);
  EXPECT_TRUE(server.value()->stop().ok());
  EXPECT_EQ(run("bench serve --dispatch hope").exit_code, 2);
  EXPECT_EQ(run("bench serve --dispatch shared --without registered-ring").exit_code, 2);
}

TEST(BenchServe, SaysWhyItDoesNotServe) {
  EXPECT_EQ(run("bench serve --driver epoll --without registered-ring").exit_code, 2);
  EXPECT_EQ(run("bench serve --without hope").exit_code, 2);
  EXPECT_EQ(run("bench serve --driver epoll --with sqpoll").exit_code, 2);
  EXPECT_EQ(run("bench serve --with registered-ring").exit_code, 2);
  const auto taken = run("bench serve --driver epoll --port 1 --cpu 8000");
  EXPECT_EQ(taken.exit_code, 1);
  EXPECT_THAT(taken.text, HasSubstr("cannot pin to core 8000"));
}

TEST(BenchMeasurement, SaysWhatServerAndLoadHaveDone) {
  if (able_cores().size() < 2) GTEST_SKIP() << "a second core is missing";
  local_host host(field());
  const auto seen = observe("epoll", {.connections = 4}, how(host), never_stop);
  ASSERT_TRUE(seen.ok()) << seen.error().message;
  const measurement& m = seen.value().measured;
  EXPECT_GT(m.answers, 0U);
  EXPECT_EQ(m.errors, 0U);
  EXPECT_GT(m.server_seconds, 0);
  EXPECT_GT(m.system_calls, static_cast<double>(m.answers) / 2);
  EXPECT_GT(m.resident_bytes, 0);
}

/// A host whose servers can be looked at long after somebody wants to.
class late_host final : public server_host {
 public:
  result<std::unique_ptr<measured_process>> start(const std::string& contender, unsigned body_bytes,
                                                  const interruption& stop) override {
    auto started = host_.start(contender, body_bytes, stop);
    if (!started) return started.error();
    return std::unique_ptr<measured_process>(std::make_unique<process>(std::move(started).value()));
  }
  result<host_facts> describe(const std::vector<std::string>& contenders) override {
    return host_.describe(contenders);
  }

 private:
  class process final : public measured_process {
   public:
    explicit process(std::unique_ptr<measured_process> real) : real_(std::move(real)) {}
    const std::string& authority() const noexcept override { return real_->authority(); }
    result<look> look_at() override {
      static_cast<void>(sleep_until(read_clock() + std::chrono::milliseconds(200), never_stop));
      return real_->look_at();
    }
    result<void> stop() override { return real_->stop(); }

   private:
    std::unique_ptr<measured_process> real_;
  };

  local_host host_{field()};
};

TEST(BenchMeasurement, IsNoneWhereTheServerIsLookedAtAfterTheLoad) {
  if (able_cores().size() < 2) GTEST_SKIP() << "a second core is missing";
  late_host host;
  const auto seen = observe("epoll", {.connections = 4}, how(host), never_stop);
  ASSERT_FALSE(seen.ok());
  EXPECT_THAT(seen.error().message, HasSubstr("epoll: the load was over before"));
}

/// A host where nothing starts.
class barren_host final : public server_host {
 public:
  explicit barren_host(bool reachable) : reachable_(reachable) {}
  result<std::unique_ptr<measured_process>> start(const std::string& contender, unsigned,
                                                  const interruption&) override {
    return error{ESRCH, contender + ": it does not start"};
  }
  result<host_facts> describe(const std::vector<std::string>&) override { return host_facts{}; }
  bool reachable() const noexcept override { return reachable_; }

 private:
  bool reachable_;
};

TEST(BenchRun, LeavesOutWhoIsOnlyWelcomeUnlessTheirMachineIsLost) {
  const testing::scratch_directory place;
  for (const bool reachable : {true, false}) {
    bench_run run{.welcome = {"dispatch ebpf", "dispatch shared"}};
    run.what.points = {{.a = "dispatch ebpf", .b = "dispatch shared"}};
    run.host = std::make_unique<barren_host>(reachable);
    run.directory = place / (reachable ? "there" : "gone");
    EXPECT_EQ(prepare(run).ok(), reachable);
    EXPECT_EQ(run.what.points.empty(), reachable);
  }
}

TEST(BenchMeasurement, NamesAContenderThatEndsAndWhatItHasSaid) {
  auto dying = field();
  dying.peers.push_back({.name = "dying", .words = {"sh", "-c", "echo no luck >&2; exit 1"}});
  local_host host(dying);
  const auto m = observe("dying", {}, how(host), never_stop);
  ASSERT_FALSE(m.ok());
  EXPECT_THAT(m.error().message, HasSubstr("dying: it has ended with exit code 1 (no luck)"));
  EXPECT_THAT(observe("nobody", {}, how(host), never_stop).error().message, HasSubstr("nobody"));
}

TEST(BenchProgram, MeasuresAPlanAndReportsIt) {
  if (able_cores().size() < 2) GTEST_SKIP() << "a second core is missing";
  const testing::scratch_directory place;
  const auto plan = place.write(
      "tiny.toml",
      "contenders = [\"epoll\", \"asio\"]\nconnections = 4\nshares = 20\nnoise = false\npairs = 1\n"
      "window = \"200ms\"\nwarm-up = \"20ms\"\ntime = \"1s\"\n");
  const auto out = place / "out";
  const auto seen = run("bench --plan " + plan + " --out " + out);
  EXPECT_EQ(seen.exit_code, 0) << seen.text;
  const auto all = read_results(out + "/results.json");
  ASSERT_TRUE(all.ok()) << all.error().message;
  EXPECT_TRUE(all.value().complete);
  ASSERT_EQ(all.value().points.size(), 2U);
  EXPECT_GT(all.value().points[1].load.rate, 0);
  for (const auto& p : all.value().points) EXPECT_EQ(p.pairs.size(), 1U);
  std::ifstream report(out + "/report.html");
  const std::string html{std::istreambuf_iterator<char>(report), {}};
  EXPECT_THAT(html, HasSubstr("</html>"));

  // The comment leaves stdout alone and stderr in the text.
  const auto full = run("bench --plan " + plan + " --out " + out + "2 2>&1 >/dev/full #");
  EXPECT_EQ(full.exit_code, 1);
  EXPECT_THAT(full.text, HasSubstr("shoal: cannot write to stdout: No space left on device"));
  EXPECT_TRUE(read_results(out + "2/results.json").ok());

  const auto again = run("bench --plan " + plan + " --out " + out);
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_THAT(again.text, HasSubstr("holds results already"));
}

TEST(BenchProgram, SaysThatItCannotPrintWhatItExplains) {
  if (able_cores().size() < 2) GTEST_SKIP() << "a second core is missing";
  const auto seen = run("bench explain --driver epoll --seconds 0.2 2>&1 >/dev/full #");
  EXPECT_EQ(seen.exit_code, 1);
  EXPECT_THAT(seen.text, HasSubstr("shoal: cannot write to stdout: No space left on device"));
}

TEST(BenchProgram, RefusesWhatCannotBeMeasured) {
  const testing::scratch_directory place;
  const auto bad = place.write("bad.toml", "pairs = 0\n");
  const auto seen = run("bench --plan " + bad);
  EXPECT_EQ(seen.exit_code, 2);
  EXPECT_THAT(seen.text, HasSubstr("bad.toml:1:9: pairs has 0"));
  EXPECT_EQ(run("bench --quick --full").exit_code, 2);
  EXPECT_EQ(run("bench --peer nothing").exit_code, 2);
  EXPECT_EQ(run("bench --cpus 0,0").exit_code, 2);
  const auto nothing_left =
      run("bench --quick --driver epoll --driver asio --out " + (place / "x"));
  EXPECT_EQ(nothing_left.exit_code, 2) << nothing_left.text;
  const auto alone = run("bench --quick --out " + (place / "y"),
                         "taskset -c " + std::to_string(able_cores().front()) + " ");
  EXPECT_EQ(alone.exit_code, 1);
  EXPECT_THAT(alone.text, HasSubstr("nobody can tell the server's CPU time"));
}

}  // namespace
}  // namespace shoal::bench
