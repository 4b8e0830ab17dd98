#include "bench/results_json.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <limits>

#include "bench/file_text.h"
#include "support/scratch_directory.h"
#include "synthetic_results.h"

namespace shoal::bench {
namespace {

using testing::scratch_directory;

/// Every field with a value of its own, none of them the default.
results unusual() {
  results all{.plan = "mine \"<&>\" \n \xc3\xa9",
              .began = "2026-11-29T14:03:11Z",
              .seconds = 0.1,
              .complete = false,
              .ended_by = "a server died",
              .machine = {{"kernel", "6.1"}, {"", "\x01"}, {"kernel", "again"}},
              .system_call_ns = 1.0 / 3,
              .wake_ns = 5e-324,
              .points = {}};
  point p{.why = purpose::dispatch, .a = "uring", .b = "epoll", .repeated = 3};
  p.load = {.connections = 4294967295U,
            .pipeline = 16,
            .requests_each = 10,
            .body_bytes = 0,
            .work_us = 100,
            .work_percent = 5,
            .rate = 1e21,
            .share = 0.7};
  measurement m{.seconds = 1.25,
                .answers = std::numeric_limits<std::uint64_t>::max(),
                .errors = 2,
                .latency = {{1, 5}, {18446744073709551615U, 18446744073709551615U}},
                .server_seconds = 0.1 + 0.2,
                .system_calls = 123456789.125,
                .turns = 7,
                .completions = 8,
                .switches = 9,
                .resident_bytes = 1e300,
                .machine_seconds = 11,
                .steal_share = 0.012,
                .generator_busy = 0.13,
                .send_lag_ns = 14,
                .generator_limited = true,
                .behind = true};
  p.pairs.push_back({m, {}});
  p.pairs.push_back({{}, m});
  all.points = {p, {}};
  return all;
}

void expect_same(const measurement& one, const measurement& other) {
  EXPECT_EQ(one.seconds, other.seconds);
  EXPECT_EQ(one.answers, other.answers);
  EXPECT_EQ(one.errors, other.errors);
  EXPECT_EQ(one.latency, other.latency);
  EXPECT_EQ(one.server_seconds, other.server_seconds);
  EXPECT_EQ(one.system_calls, other.system_calls);
  EXPECT_EQ(one.turns, other.turns);
  EXPECT_EQ(one.completions, other.completions);
  EXPECT_EQ(one.switches, other.switches);
  EXPECT_EQ(one.resident_bytes, other.resident_bytes);
  EXPECT_EQ(one.machine_seconds, other.machine_seconds);
  EXPECT_EQ(one.steal_share, other.steal_share);
  EXPECT_EQ(one.generator_busy, other.generator_busy);
  EXPECT_EQ(one.send_lag_ns, other.send_lag_ns);
  EXPECT_EQ(one.generator_limited, other.generator_limited);
  EXPECT_EQ(one.behind, other.behind);
}

void expect_same(const point& one, const point& other) {
  EXPECT_EQ(one.why, other.why);
  EXPECT_EQ(one.a, other.a);
  EXPECT_EQ(one.b, other.b);
  EXPECT_EQ(one.load.connections, other.load.connections);
  EXPECT_EQ(one.load.pipeline, other.load.pipeline);
  EXPECT_EQ(one.load.requests_each, other.load.requests_each);
  EXPECT_EQ(one.load.body_bytes, other.load.body_bytes);
  EXPECT_EQ(one.load.work_us, other.load.work_us);
  EXPECT_EQ(one.load.work_percent, other.load.work_percent);
  EXPECT_EQ(one.load.rate, other.load.rate);
  EXPECT_EQ(one.load.share, other.load.share);
  EXPECT_EQ(one.repeated, other.repeated);
  ASSERT_EQ(one.pairs.size(), other.pairs.size());
  for (std::size_t i = 0; i < one.pairs.size(); ++i) {
    expect_same(one.pairs[i].a, other.pairs[i].a);
    expect_same(one.pairs[i].b, other.pairs[i].b);
  }
}

void expect_same(const results& one, const results& other) {
  EXPECT_EQ(one.plan, other.plan);
  EXPECT_EQ(one.began, other.began);
  EXPECT_EQ(one.seconds, other.seconds);
  EXPECT_EQ(one.complete, other.complete);
  EXPECT_EQ(one.ended_by, other.ended_by);
  EXPECT_EQ(one.machine, other.machine);
  EXPECT_EQ(one.system_call_ns, other.system_call_ns);
  EXPECT_EQ(one.wake_ns, other.wake_ns);
  ASSERT_EQ(one.points.size(), other.points.size());
  for (std::size_t i = 0; i < one.points.size(); ++i) expect_same(one.points[i], other.points[i]);
}

std::string problem_of(const std::string& text) {
  const auto read = to_results(text);
  return read ? "none" : read.error().message;
}

/// The text of unusual() with its first `from` replaced.
std::string with(const std::string& from, const std::string& to) {
  std::string text = to_json(unusual());
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(ResultsJson, ComeBackAsTheyWere) {
  const results all = unusual();
  const auto back = to_results(to_json(all));
  ASSERT_TRUE(back) << back.error().message;
  expect_same(all, back.value());
  EXPECT_EQ(to_json(back.value()), to_json(all));
}

TEST(ResultsJson, KeepWhatIsNoNumberAsUnknown) {
  results all;
  all.wake_ns = std::numeric_limits<double>::quiet_NaN();
  all.seconds = std::numeric_limits<double>::infinity();
  const auto back = to_results(to_json(all));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_TRUE(std::isnan(back.value().wake_ns));
  EXPECT_TRUE(std::isnan(back.value().seconds));
}

TEST(ResultsJson, OfAnotherFormatOrVersionAreRefusedBeforeAnythingElse) {
  EXPECT_EQ(problem_of("{}"), "format is missing");
  EXPECT_EQ(problem_of("[]"), "format is missing");
  EXPECT_EQ(problem_of(R"({"format":"else","version":1})"),
            "format is not \"shoal bench results\"");
  EXPECT_EQ(problem_of(with(R"("version":1,)", R"("version":2,)")),
            "version is 2, and this shoal reads 1");
}

TEST(ResultsJson, NameTheFieldThatIsWrong) {
  EXPECT_EQ(problem_of(with(R"("plan":)", R"("plans":)")), "plan is missing");
  EXPECT_EQ(problem_of(with(R"("seconds":0.1)", R"("seconds":"0.1")")), "seconds is no number");
  EXPECT_EQ(problem_of(with(R"("complete":false)", R"("complete":0)")),
            "complete is neither true nor false");
  EXPECT_EQ(problem_of(with(R"("why":"dispatch")", R"("why":"speed")")),
            "points[0].why is \"speed\", which this shoal does not know");
  EXPECT_EQ(problem_of(with(R"("connections":4294967295)", R"("connections":4294967296)")),
            "points[0].load.connections is too large");
  EXPECT_EQ(problem_of(with(R"("pipeline":16)", R"("pipeline":-1)")),
            "points[0].load.pipeline is no whole number");
  EXPECT_EQ(problem_of(with(R"("answers":18446744073709551615)", R"("answers":1.5)")),
            "points[0].pairs[0].a.answers is no whole number");
  EXPECT_EQ(problem_of(with(R"("machine":[)", R"("machine":[7,)")), "machine[0].name is missing");
  EXPECT_EQ(problem_of(with(R"("name":"kernel")", R"("name":null)")), "machine[0].name is no text");
}

TEST(ResultsJson, OfBeforeAFieldWasAddedAreRead) {
  const auto old = to_results(with(R"("behind":true,)", ""));
  ASSERT_TRUE(old) << old.error().message;
  EXPECT_FALSE(old.value().points[0].pairs[0].a.behind);
  const auto older = to_results(with(R"("work_percent":5,)", ""));
  ASSERT_TRUE(older) << older.error().message;
  EXPECT_EQ(older.value().points[0].load.work_percent, 100U);
}

TEST(ResultsJson, WantLatenciesUpwardsAndWithACountForEach) {
  const std::string where = "points[0].pairs[0].a.latency.";
  const std::string upper = R"("upper_ns":[1,18446744073709551615])";
  EXPECT_EQ(problem_of(with(upper, R"("upper_ns":[1,1])")),
            where + "upper_ns[1] is not above the one before");
  EXPECT_EQ(problem_of(with(upper, R"("upper_ns":[1])")), where + "count[1] has no upper_ns");
  EXPECT_EQ(problem_of(with(upper, R"("upper_ns":[1,2,3])")),
            where + "count is shorter than upper_ns");
  EXPECT_EQ(problem_of(with(upper, R"("upper_ns":7)")), where + "upper_ns is no list");
}

TEST(ResultsJson, OfTextThatIsCutOffSayWhere) {
  const std::string text = to_json(unusual());
  for (std::size_t end = 0; end + 2 < text.size(); end += 13) {
    EXPECT_NE(problem_of(text.substr(0, end)).find("parse error at line 1, column"),
              std::string::npos)
        << end;
  }
}

TEST(ResultsFile, IsReadAsItWasWrittenAndNothingIsLeftBesideIt) {
  const scratch_directory directory;
  const std::string path = directory / "results.json";
  const results all = draw_results(3);
  ASSERT_TRUE(write_results({}, path));
  ASSERT_TRUE(write_results(all, path));
  const auto back = read_results(path);
  ASSERT_TRUE(back) << back.error().message;
  expect_same(all, back.value());
  EXPECT_FALSE(std::filesystem::exists(path + ".partial"));
}

TEST(ResultsFile, IsNamedByEveryError) {
  const scratch_directory directory;
  const auto problem = [](const std::string& path) {
    const auto read = read_results(path);
    return read ? "none" : read.error().message;
  };
  const std::string nowhere = directory / "nowhere.json";
  EXPECT_EQ(problem(nowhere), "cannot read " + nowhere + ": No such file or directory");
  const std::string wrong = directory.write("wrong.json", "{}");
  EXPECT_EQ(problem(wrong), wrong + ": format is missing");
  EXPECT_EQ(problem(directory / "."), "cannot read " + directory / "." + ": Is a directory");
  const std::string below = directory / "nowhere/results.json";
  const auto written = write_results({}, below);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message, "cannot write " + below + ": No such file or directory");
}

/// The kernel lets no file of this process grow beyond it.
class file_size_limit final {
 public:
  explicit file_size_limit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  ~file_size_limit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  file_size_limit(const file_size_limit&) = delete;
  file_size_limit& operator=(const file_size_limit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

TEST(ResultsFile, StaysAsItWasWhereTheDiskTakesNoMore) {
  const scratch_directory directory;
  const std::string path = directory.write("results.json", "before");
  {
    const file_size_limit limit(5000);
    const auto written = write_results(draw_results(3), path);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().message, "cannot write " + path + ": File too large");
  }
  EXPECT_EQ(read_file(path).value(), "before");
  EXPECT_FALSE(std::filesystem::exists(path + ".partial"));
}

}  // namespace
}  // namespace shoal::bench
