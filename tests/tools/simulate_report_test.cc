#include "simulate_report.h"

#include <gtest/gtest.h>

namespace shoal::tool {
namespace {

simulation_report example() {
  simulation_report report;
  report.setup.mix = dispatch::service_mix::parse("0.95:0.05ms,0.05:20ms").value();
  report.setup.requests_per_ms = 2;
  report.mix = "0.95:0.05ms,0.05:20ms";
  report.figures = {
      {std::nullopt, {.all = {10, 0.05, 1.25, 20}, .light = {9, 0.05, 0.1, 19.5}, .spread = 1}},
      {dispatch::policy_kind::power_of_two,
       {.all = {10, 0.05, 44.04, 1234}, .light = {9, 0.05, 0.1, 19.5}, .spread = 1.5}}};
  return report;
}

TEST(SimulateTable, StatesWhatWasSimulatedAndAllPolicies) {
  EXPECT_EQ(
      to_table(example()),
      R"(8 workers, 2000 requests/s of 0.95:0.05ms,0.05:20ms (26 % load), one for each connection
latency in ms, of 400000 requests, seed 1

                                               all                         light
policy                     p50       p99     p99.9       p50       p99     p99.9  spread
central queue           0.0500      1.25      20.0    0.0500     0.100      19.5    1.00
p2c                     0.0500      44.0      1234    0.0500     0.100      19.5    1.50
)");
}

TEST(SimulateTable, NamesWhatDiffersFromTheDefault) {
  simulation_report report = example();
  report.setup.connections = 64;
  report.setup.requests_per_connection = 10;
  report.setup.burst = 5;
  report.setup.report_age_ms = 2.5;
  report.setup.moves = dispatch::takeover::lend;
  report.figures[1].result.taken_over = 0.25;
  const std::string table = to_table(report);
  for (const char* part : {"64 connections (idle) of 10 requests", "5 at a time",
                           "reports every 2.5 ms", "take over after 1 ms (lend)", "25.00 %"}) {
    EXPECT_NE(table.find(part), std::string::npos) << part << "\n" << table;
  }
}

TEST(SimulateTable, WarnsOfOverload) {
  simulation_report report = example();
  report.setup.requests_per_ms = 8;
  EXPECT_NE(to_table(report).find("More comes in than"), std::string::npos);
}

TEST(SimulateJson, HasTheSetupAndAllFigures) {
  const std::string json = to_json(example());
  EXPECT_EQ(json.find(R"({"setup":{"workers":8,"requests_per_second":2000,)"), 0U) << json;
  EXPECT_NE(
      json.find(R"({"policy":"central-queue","all":{"count":10,"p50_ms":0.05,"p99_ms":1.25,)"),
      std::string::npos)
      << json;
  EXPECT_NE(json.find(R"("policy":"p2c")"), std::string::npos);
}

}  // namespace
}  // namespace shoal::tool
