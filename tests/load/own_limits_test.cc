#include "load/own_limits.h"

#include <gtest/gtest.h>

#include <memory>

namespace shoal::load {
namespace {

/// An open loop of 1,000 requests/s for 10 s in which all went well.
struct good_run {
  good_run() {
    asked.rate = 1000;
    seen->seconds = 10;
    seen->planned = seen->right_within = 10'000;
    seen->threads = {{.busy = 0.3}};
    seen->send_lag.record(20'000, 10'000);
  }
  std::string reasons() const {
    std::string all;
    for (const std::string& each : limits_of(asked, *seen)) all += each + "\n";
    return all;
  }
  options asked;
  std::unique_ptr<report> seen = std::make_unique<report>();
};

TEST(Limits, AreNoneWhereAllWentWell) { EXPECT_EQ(good_run().reasons(), ""); }

/// A thread whose turns have found so many answers each.
thread_use finding(std::uint64_t answers, double busy = 0.71) {
  return {.busy = busy, .came = answers * 1000, .turns = 1000};
}

TEST(Limits, NameABusyCore) {
  good_run run;
  const auto named = [&] { return run.reasons().find("71 % busy") != std::string::npos; };
  run.seen->threads = {finding(0)};
  EXPECT_TRUE(named()) << run.reasons();
  run.asked.rate = 0;
  run.asked.connections = 64;
  run.seen->threads = {finding(16)};
  EXPECT_TRUE(named()) << "in a closed loop, too";
  run.seen->threads = {finding(13)};
  EXPECT_EQ(run.reasons(), "") << "51 of 64 are at the server whenever it looks";
  run.asked.connections = 10'000;
  run.seen->threads = {finding(32)};
  EXPECT_TRUE(named()) << "a turn brings no more at once";
  run.asked.pipeline = 16;
  EXPECT_EQ(run.reasons(), "") << "those of two connections";
  run.asked.pipeline = 1;
  run.asked.connections = 1;
  run.seen->threads = {finding(1)};
  EXPECT_TRUE(named()) << "its own time is in each round";
}

TEST(Limits, OfAClosedLoopAreAThreadsOwn) {
  good_run run;
  run.asked.rate = 0;
  run.asked.connections = 128;
  run.asked.threads = 2;
  run.seen->threads = {finding(5, 0.95), finding(16)};
  EXPECT_NE(run.reasons().find("71 % busy"), std::string::npos) << run.reasons();
  run.seen->threads = {finding(5, 0.95), finding(60, 0.2)};
  EXPECT_EQ(run.reasons(), "") << "the busy one finds few, and the other one has nothing to do";
  EXPECT_EQ(run.seen->answers_per_turn(), 32.5);
}

TEST(Limits, NameALateGenerator) {
  good_run run;
  run.seen->send_lag.clear();
  run.seen->send_lag.record(49'000, 5'000);
  run.seen->send_lag.record(900'000, 4'999);
  EXPECT_EQ(run.reasons(), "") << "the median counts";
  run.seen->send_lag.record(900'000, 2);
  EXPECT_NE(run.reasons().find("after their time"), std::string::npos) << run.reasons();
}

TEST(Behind, IsARateThatWasNotReached) {
  good_run run;
  EXPECT_FALSE(behind(run.asked, *run.seen));
  run.seen->right_within = 9'901;
  EXPECT_FALSE(behind(run.asked, *run.seen));
  run.seen->right_within = 9'880;
  const std::string told = behind(run.asked, *run.seen).value_or("");
  EXPECT_NE(told.find("988 right answers a second to 1000"), std::string::npos) << told;
  run.seen->planned = 20;
  run.seen->right_within = 12;
  EXPECT_FALSE(behind(run.asked, *run.seen)) << "those at the edges of a short window";
}

TEST(Behind, IsNoLimitOfTheGeneratorByItself) {
  good_run run;
  run.seen->right_within = 5'000;
  EXPECT_TRUE(behind(run.asked, *run.seen));
  EXPECT_EQ(run.reasons(), "");
}

TEST(Behind, IsNothingThatAClosedLoopCanBe) {
  good_run run;
  run.asked.rate = 0;
  run.seen->right_within = 0;
  EXPECT_FALSE(behind(run.asked, *run.seen));
}

}  // namespace
}  // namespace shoal::load
