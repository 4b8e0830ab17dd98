// `shoal bench compare` as its command line is read: what it ends with, and where it says what.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/descriptor.h"
#include "bench/commands.h"
#include "bench/results_json.h"
#include "support/scratch_directory.h"
#include "synthetic_results.h"

namespace shoal::bench {
namespace {

struct ending {
  int exit_code = -1;
  std::string out;
  std::string err;
};

ending compare(const std::string& arguments) {
  CLI::App bench;
  ending e;
  tool::add_bench_compare(bench, e.exit_code);
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  try {
    bench.parse("compare " + arguments);
  } catch (const CLI::ParseError& wrong) {
    e.exit_code = 2;
    std::fputs(wrong.what(), stderr);
  }
  e.out = ::testing::internal::GetCapturedStdout();
  e.err = ::testing::internal::GetCapturedStderr();
  return e;
}

class BenchCompare : public ::testing::Test {
 protected:
  /// A run in which the first of two takes so much more CPU than usual.
  std::string run(const char* name, std::uint64_t seed, double factor) {
    random_source random(seed);
    const true_figures first{.rate = 50'000 / factor, .server_cpu_us = 10 * factor};
    results all;
    all.points = {draw_point(random, purpose::throughput, "uring", first, "epoll", {},
                             {.connections = 64}, 10)};
    const std::string path = directory_ / name;
    EXPECT_TRUE(write_results(all, path));
    return path;
  }

  testing::scratch_directory directory_;
};

TEST_F(BenchCompare, EndsWithZeroWhereNothingHasBecomeWorse) {
  const ending e = compare(run("a", 1, 1) + " " + run("b", 2, 1));
  EXPECT_EQ(e.exit_code, 0) << e.out << e.err;
  EXPECT_NE(e.out.find("0 regressions beyond 3 %."), std::string::npos) << e.out;
  EXPECT_EQ(e.err, "");
}

TEST_F(BenchCompare, EndsWithThreeAtARegressionBeyondTheBound) {
  const std::string files = run("a", 1, 1) + " " + run("b", 2, 1.15);
  EXPECT_EQ(compare(files).exit_code, 3);
  EXPECT_EQ(compare(files + " --bound 30").exit_code, 0);
  const ending json = compare(files + " --json");
  EXPECT_EQ(json.exit_code, 3);
  EXPECT_EQ(json.out.find("{\"a\":"), 0U);
}

TEST_F(BenchCompare, AddsLevelsOnRequest) {
  const std::string files = run("a", 1, 1) + " " + run("b", 2, 1);
  EXPECT_EQ(compare(files).out.find(", epoll"), std::string::npos);
  EXPECT_NE(compare(files + " --levels").out.find(", epoll"), std::string::npos);
}

TEST_F(BenchCompare, EndsWithOneWhereItCannotReadAndNamesBothFiles) {
  const std::string wrong = directory_.write("wrong", "{");
  const std::string none = directory_ / "none";
  const ending e = compare(wrong + " " + none);
  EXPECT_EQ(e.exit_code, 1);
  EXPECT_EQ(e.out, "");
  EXPECT_NE(e.err.find("shoal: " + wrong + ": parse error at line 1"), std::string::npos) << e.err;
  EXPECT_NE(e.err.find("shoal: cannot read " + none), std::string::npos) << e.err;
}

TEST_F(BenchCompare, EndsWithOneWhereThereIsNothingToCompare) {
  const std::string empty = directory_ / "empty";
  ASSERT_TRUE(write_results({}, empty));
  const ending e = compare(run("a", 1, 1) + " " + empty);
  EXPECT_EQ(e.exit_code, 1);
  EXPECT_NE(e.err.find("compare two runs of one plan"), std::string::npos) << e.err;
}

TEST_F(BenchCompare, EndsWithOneWhereItCannotPrint) {
  const std::string files = run("a", 1, 1) + " " + run("b", 2, 1);
  CLI::App bench;
  int exit_code = -1;
  tool::add_bench_compare(bench, exit_code);
  std::fflush(stdout);
  const descriptor before(::dup(STDOUT_FILENO));
  const descriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(before && full);
  ::dup2(full.get(), STDOUT_FILENO);
  ::testing::internal::CaptureStderr();
  bench.parse("compare " + files);
  const std::string err = ::testing::internal::GetCapturedStderr();
  ::dup2(before.get(), STDOUT_FILENO);
  std::clearerr(stdout);
  EXPECT_EQ(exit_code, 1);
  EXPECT_NE(err.find("shoal: cannot write to stdout"), std::string::npos) << err;
}

TEST_F(BenchCompare, RefusesACommandLineThatMakesNoSense) {
  for (const char* wrong : {"", "a", "a b c", "a b --bound -1", "a b --bound much", "a b --fast"}) {
    EXPECT_EQ(compare(wrong).exit_code, 2) << wrong;
  }
}

}  // namespace
}  // namespace shoal::bench
