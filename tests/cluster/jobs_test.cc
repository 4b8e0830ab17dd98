// Whole clusters whose handlers run on threads that compute: what becomes of the others when such a
// handler crashes or never ends, and what is seen of it from outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "cluster/exit_code.h"
#include "running_app.h"
#include "shoal_program.h"

namespace shoal::cluster {
namespace {

using ::testing::HasSubstr;

/// A connection that is kept, and the process that serves it.
struct kept_client {
  explicit kept_client(std::uint16_t port) : client(port) { pid = ask("/pid"); }
  std::string ask(const std::string& path) {
    return client.send("GET " + path + " HTTP/1.1\r\nHost: t\r\n\r\n")
               ? body_of(client.one_answer())
               : "";
  }

  test_client client;
  std::string pid;
};

/// One of each of two processes.
std::pair<kept_client, kept_client> one_of_each(std::uint16_t port) {
  kept_client first(port);
  std::vector<kept_client> same;  // kept, so that the next one is sent elsewhere sooner
  const auto until = std::chrono::steady_clock::now() + patience;
  for (;;) {
    kept_client next(port);
    const bool found = next.pid != first.pid || std::chrono::steady_clock::now() > until;
    if (found) return {std::move(first), std::move(next)};
    same.push_back(std::move(next));
  }
}

TEST(Jobs, OneThatCrashesTakesItsProcessAndNobodyOfAnother) {
  auto app = run_app({.flags = {"--nodes", "2", "--workers", "1"}});
  ASSERT_TRUE(app.ready()) << app.log();
  auto [unlucky, lucky] = one_of_each(app.port());
  ASSERT_NE(unlucky.pid, lucky.pid);
  EXPECT_EQ(unlucky.ask("/job/done"), "done");
  EXPECT_EQ(unlucky.ask("/job/abort"), "");
  EXPECT_THAT(app.wait_for("was killed"), HasSubstr("(pid " + unlucky.pid + ","));
  EXPECT_EQ(lucky.ask("/pid"), lucky.pid);
  ASSERT_NE(app.wait_for("is ready"), "");
  EXPECT_EQ(lucky.ask("/job/done"), "done");
  EXPECT_EQ(app.children().size(), 2U);
}

TEST(Jobs, OneThatNeverEndsIsReportedWithItsRouteAndHoldsUpNoDrain) {
  auto app = run_app({.flags = {"--workers", "1", "--drain-timeout", "30ms"}});
  ASSERT_TRUE(app.ready()) << app.log();
  test_client endless(app.port());
  ASSERT_TRUE(endless.ask("/job/hold"));
  EXPECT_THAT(app.wait_for("a job of "), HasSubstr("a job of GET /job/hold has run for "));
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), exit_stopped);
  EXPECT_THAT(app.log(), HasSubstr("has not drained within its timeout; killed"));
  EXPECT_EQ(endless.answer(), "");
}

TEST(Jobs, AreCountedFromOutsideWhileTheyRunAndWait) {
  auto app = run_app({.flags = {"--workers", "1", "--compute-threads", "1"}});
  ASSERT_TRUE(app.ready()) << app.log();
  const auto pid = std::to_string(app.pid());
  EXPECT_THAT(run_shoal("status --json --pid " + pid).text, HasSubstr(R"("jobs_queued":0,)"));
  std::vector<test_client> clients;
  for (const auto* path : {"/job/hold", "/job/done", "/job/done"}) {
    clients.emplace_back(app.port());
    ASSERT_TRUE(clients.back().ask(path));
  }
  EXPECT_THAT(run_shoal_until("status --json --pid " + pid, R"("jobs_queued":3,)").text,
              HasSubstr(R"("jobs_queued":3,)"));
  EXPECT_THAT(run_shoal("status --pid " + pid).text, HasSubstr(" jobs"));
  EXPECT_THAT(run_shoal("top --once --pid " + pid).text, HasSubstr("3 jobs"));
}

}  // namespace
}  // namespace shoal::cluster
