#include "bench/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::bench {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

observation of_ours() {
  observation seen;
  seen.measured = {.seconds = 1,
                   .answers = 1000,
                   .server_seconds = 0.01,
                   .system_calls = 500,
                   .turns = 100,
                   .completions = 2000,
                   .switches = 10,
                   .machine_seconds = 0.02};
  seen.before.counters = server_counters{.cpu_ns = 100, .kernel_ns = 50, .batches = {0, 5, 0, 0}};
  seen.after.counters =
      server_counters{.cpu_ns = 1100, .kernel_ns = 800, .batches = {0, 30, 75, 0}};
  return seen;
}

observation of_another() {
  observation seen;
  seen.measured = {.seconds = 1, .answers = 100, .server_seconds = 0.01};
  return seen;
}

TEST(BenchExplain, SaysWhereTheTimeOfARequestGoes) {
  const auto text = to_text(
      {.load = {.connections = 64}, .system_call_ns = 200, .by_contender = {{"uring", of_ours()}}});
  EXPECT_THAT(text, HasSubstr("64 connections; a system call costs 200 ns here\n"));
  EXPECT_THAT(text, ContainsRegex("requests a second +1,000\n"));
  EXPECT_THAT(text, ContainsRegex("server's CPU for a request +10.0 µs\n"));
  EXPECT_THAT(text, ContainsRegex("in the kernel +7.50 µs\n"));
  EXPECT_THAT(text, ContainsRegex("in user mode +2.50 µs\n"));
  EXPECT_THAT(text, ContainsRegex("entering the kernel so often +100 ns\n"));
  EXPECT_THAT(text, ContainsRegex("outcomes in a turn +20.0\n"));
  EXPECT_THAT(text, ContainsRegex("context switches for a request +0.0100\n"));
  EXPECT_THAT(text, ContainsRegex("  1 +25 %\n"));
  EXPECT_THAT(text, Not(HasSubstr("4 to 7")));
  EXPECT_THAT(text, ContainsRegex("  2 to 3 +75 %\n"));
}

TEST(BenchExplain, SaysNothingOfWhatNobodyCounts) {
  const auto text = to_text({.by_contender = {{"uring", of_ours()}, {"other", of_another()}}});
  EXPECT_THAT(text, ContainsRegex("system calls for a request +0.500 +-\n"));
  EXPECT_THAT(text, ContainsRegex("in the kernel +7.50 µs +-\n"));
  const auto alone = to_text({.by_contender = {{"other", of_another()}}});
  EXPECT_THAT(alone, Not(HasSubstr("share of the turns")));
}

}  // namespace
}  // namespace shoal::bench
