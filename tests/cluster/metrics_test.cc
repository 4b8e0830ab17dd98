// What any worker of a real cluster tells of all: while others are stuck, and while processes die.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "running_app.h"
#include "shoal/shoal.h"
#include "shoal/testing/client.h"
#include "support/prometheus_text.h"

namespace shoal::cluster {
namespace {

using shoal::testing::prometheus_text;
using ::testing::HasSubstr;

/// Nothing if whoever was asked died of something else meanwhile.
std::string scrape(std::uint16_t port) {
  test_client client(port);
  if (!client.connected() || !client.ask("/metrics")) return {};
  const auto answer = client.answer();
  if (answer.empty()) return {};
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  return answer.substr(answer.find("\r\n\r\n") + 4);
}

/// Asks until `holds`; the last answer.
template <typename Condition>
prometheus_text scrape_until(std::uint16_t port, const Condition& holds) {
  const auto until = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto text = scrape(port);
    prometheus_text seen(text);
    if (!text.empty()) {
      EXPECT_EQ(seen.problem, "");
    }
    if (holds(seen) || std::chrono::steady_clock::now() > until) return seen;
  }
}

TEST(Metrics, AnyWorkerTellsOfAll) {
  auto app = run_app({.flags = {"--nodes", "2", "--workers", "2"}});
  ASSERT_TRUE(app.ready()) << app.log();
  for (int i = 0; i < 20; ++i) ASSERT_EQ(fetch(app.port(), "/"), "hello");
  for (int i = 0; i < 3; ++i) ASSERT_EQ(fetch(app.port(), "/nowhere"), "");
  const auto seen = scrape_until(app.port(), [](const prometheus_text& t) {
    return t.sum("shoal_requests_total", {{"code", "2xx"}}) >= 20 &&
           t.sum("shoal_requests_total", {{"code", "4xx"}}) == 3 &&
           t.sum("shoal_request_duration_seconds_count") >= 23;
  });
  EXPECT_GE(seen.sum("shoal_requests_total", {{"code", "2xx"}}), 20);
  EXPECT_EQ(seen.sum("shoal_requests_total", {{"code", "4xx"}}), 3);
  EXPECT_GE(seen.sum("shoal_connections_accepted_total"), 23);
  EXPECT_GE(seen.sum("shoal_request_duration_seconds_count"), 23);
  EXPECT_GT(seen.sum("shoal_request_duration_seconds_sum"), 0);
  EXPECT_EQ(seen.sum("shoal_worker_state", {{"state", "ready"}}), 4);
  EXPECT_EQ(seen.sum("shoal_worker_damaged"), 0);
  for (const auto& [worker, node] :
       {std::pair("0", "0"), std::pair("1", "0"), std::pair("2", "1"), std::pair("3", "1")}) {
    EXPECT_EQ(seen.sum("shoal_worker_info", {{"worker", worker}, {"node", node}}), 1);
  }
  for (const auto* node : {"0", "1"}) {
    EXPECT_GT(seen.sum("shoal_process_resident_memory_bytes", {{"node", node}}), 1e6);
  }
  EXPECT_EQ(seen.sum("shoal_dispatch_info", {{"policy", ""}}), -1);
  EXPECT_EQ(seen.sum("shoal_dispatch_info"), 1);
}

bool counts(const std::string& series) {
  return series.find("_total{") != std::string::npos ||
         series.find("shoal_request_duration_seconds") != std::string::npos;
}

TEST(Metrics, NeverFallWhileProcessesAreKilled) {
  for (const auto* driver : {"uring", "epoll"}) {
    auto app = run_app({.flags = {"--nodes", "2", "--workers", "2", "--driver", driver}});
    if (!app.ready()) GTEST_SKIP() << "io_uring cannot be used here";
    std::map<std::string, double> before;
    int answered = 0;
    int kills = 0;
    for (; kills < 4; ++kills) {
      const auto all = app.children();
      ASSERT_FALSE(all.empty());
      ::kill(all[static_cast<std::size_t>(kills) % all.size()], SIGKILL);
      const auto seen = scrape_until(app.port(), [&](const prometheus_text& t) {
        if (fetch(app.port(), "/") == "hello") ++answered;
        for (const auto& [series, value] : t.by_series()) {
          if (!counts(series)) continue;
          EXPECT_GE(value, before[series]) << series;
          before[series] = value;
        }
        return t.sum("shoal_process_restarts_total") >= kills + 1;
      });
      EXPECT_EQ(seen.sum("shoal_process_restarts_total"), kills + 1);
      EXPECT_EQ(seen.sum("shoal_process_generation"), kills + 1);
    }
    // With epoll an answer leaves before its turn ends: a kill between the two loses it.
    const int counted = answered - (driver == std::string_view("epoll") ? kills : 0);
    const auto seen = scrape_until(app.port(), [&](const prometheus_text& t) {
      return t.sum("shoal_requests_total", {{"code", "2xx"}}) >= counted;
    });
    EXPECT_GE(seen.sum("shoal_requests_total", {{"code", "2xx"}}), counted);
  }
}

TEST(Metrics, TellOfAWorkerThatIsStuck) {
  auto app = run_app({.flags = {"--workers", "2"}});
  ASSERT_TRUE(app.ready()) << app.log();
  test_client blocker(app.port());
  ASSERT_TRUE(blocker.ask("/block/20000"));
  const auto stuck = [](const prometheus_text& t) {
    return t.sum("shoal_loop_turn_age_seconds") > 0.5;
  };
  EXPECT_TRUE(stuck(scrape_until(app.port(), stuck)));
}

TEST(Metrics, CountTheLinesThatTheAccessLogHasLost) {
  auto app = run_app({.flags = {"--workers", "1", "--access-log", "/dev/full"}});
  ASSERT_TRUE(app.ready()) << app.log();
  const auto lost = [](const prometheus_text& t) {
    return t.sum("shoal_access_log_lines_lost_total") > 0;
  };
  EXPECT_TRUE(lost(scrape_until(app.port(), lost)));
}

TEST(Metrics, HaveNothingToTellWhereNoClusterIs) {
  shoal::app app;
  auto inner = app.group<"/internal">();
  shoal::metrics<"/all">(inner);
  shoal::test::client client(app);
  EXPECT_EQ(client.get("/internal/all").status, 503);
}

}  // namespace
}  // namespace shoal::cluster
