// Whole clusters: a reload whose new processes are tried on a share of the connections first.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <charconv>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "running_app.h"
#include "shoal_program.h"

namespace shoal::cluster {
namespace {

using testing::HasSubstr;

/// Longer than a test is patient.
const std::string no_end = "1h";

/// What /whoami answers: "PID NODE WORKER GENERATION DRIVER", or "" if it does not.
struct answerer {
  explicit answerer(const std::string& body) {
    std::from_chars(body.data(), body.data() + body.size(), pid);
    const auto end = body.rfind(' ');
    if (end == std::string::npos) return;
    const auto begin = body.rfind(' ', end - 1) + 1;
    generation = body.substr(begin, end - begin);
  }

  pid_t pid = 0;
  std::string generation;
};

std::string ask(test_client& client) {
  return client.send("GET /whoami HTTP/1.1\r\nHost: a\r\n\r\n") ? client.one_answer() : "";
}

answerer who_answers(test_client& client) { return answerer(body_of(ask(client))); }

/// Asks until another than this generation answers: a share begins when its worker hears of it.
answerer who_answers_but(const std::string& generation, test_client& client) {
  auto seen = who_answers(client);
  while (seen.generation == generation) seen = who_answers(client);
  return seen;
}

std::string of(const test::served_process& app) { return " --pid " + std::to_string(app.pid()); }

class Canaries : public testing::TestWithParam<const char*> {
 protected:
  /// One worker: the first connection that asks something is the canary's, then each second one.
  /// Its times are not judged: the machine may be busy with other tests.
  static app_settings half_for(const std::string& window, const std::string& trouble = "",
                               const std::string& processes = "1") {
    return {.flags = {"--nodes", processes, "--workers", "1", "--driver", GetParam(),
                      "--canary-share", "50", "--canary-window", window, "--canary-p99", "100"},
            .trouble = trouble};
  }

  static void begin_trial(test::served_process& app) {
    app.signal(SIGHUP);
    ASSERT_NE(app.wait_for("canary: the new processes get 50 % of all connections"), "")
        << app.log();
  }
};

INSTANTIATE_TEST_SUITE_P(All, Canaries, testing::Values("uring", "epoll"),
                         [](const auto& info) { return std::string(info.param); });

/// Clients that never rest, on connections that are kept and on new ones.
class crowd final {
 public:
  explicit crowd(std::uint16_t port) {
    for (int i = 0; i < 4; ++i) {
      clients_.emplace_back([this, port, i] {
        test_client kept(port);
        while (!enough_) {
          if (i < 3) {
            count(ask(kept));
          } else {
            test_client fresh(port);
            count(fresh.ask("/whoami") ? fresh.answer() : "");
          }
        }
      });
    }
  }
  ~crowd() { end(); }
  crowd(const crowd&) = delete;
  crowd& operator=(const crowd&) = delete;

  void end() {
    enough_ = true;
    for (auto& one : clients_) one.join();
    clients_.clear();
  }

  std::atomic<unsigned> lost{0};
  std::atomic<unsigned> failed{0};

 private:
  void count(const std::string& answer) {
    if (answer.empty()) ++lost;
    if (answer.starts_with("HTTP/1.1 500")) ++failed;
  }

  std::atomic<bool> enough_{false};
  std::vector<std::thread> clients_;
};

TEST_P(Canaries, OneThatDoesWellTakesOverAndNothingIsLost) {
  auto app = run_app(half_for("200ms", "", "2"));
  ASSERT_TRUE(app.ready()) << app.log();
  std::vector<test_client> clients;
  for (int i = 0; i < 8; ++i) clients.emplace_back(app.port());
  for (auto& client : clients) ASSERT_EQ(who_answers(client).generation, "0");
  crowd all(app.port());
  const auto told = run_shoal("reload" + of(app));
  EXPECT_EQ(told.exit_code, 0) << told.text << app.log_so_far();
  all.end();
  EXPECT_EQ(all.lost, 0U) << app.log_so_far();
  EXPECT_EQ(all.failed, 0U);
  for (auto& client : clients) EXPECT_EQ(who_answers(client).generation, "1");
  EXPECT_THAT(run_shoal("events" + of(app)).text,
              testing::AllOf(HasSubstr(" canary_begin"), HasSubstr(" canary_end: ")));
}

TEST_P(Canaries, OneWhoseAnswersFailGivesItsConnectionsBack) {
  auto app = run_app(half_for("200ms", "fail-again"));
  ASSERT_TRUE(app.ready()) << app.log();
  std::vector<test_client> clients;
  for (int i = 0; i < 8; ++i) clients.emplace_back(app.port());
  for (auto& client : clients) ASSERT_EQ(who_answers(client).generation, "0");
  crowd all(app.port());
  const auto told = run_shoal("reload" + of(app));
  EXPECT_EQ(told.exit_code, 1);
  EXPECT_THAT(told.text, testing::ContainsRegex(
                             "canary: [0-9]+ of [0-9]+ answers failed \\(.* %; of those who serve: "
                             "0.0 %, budget 1 %\\)"));
  ASSERT_NE(app.wait_for(" has left"), "") << app.log();
  all.end();
  EXPECT_EQ(all.lost, 0U) << app.log_so_far();
  EXPECT_GT(all.failed, 0U);
  for (auto& client : clients) EXPECT_EQ(who_answers(client).generation, "0");
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), 0) << app.log();
}

TEST_P(Canaries, OneThatIsKilledTakesWithItWhatItHadAndTheReloadThatWaitedFollows) {
  auto app = run_app(half_for(no_end));
  ASSERT_TRUE(app.ready()) << app.log();
  test_client with_it(app.port());
  test_client stays(app.port());
  begin_trial(app);
  const auto canary = who_answers_but("0", with_it);
  ASSERT_EQ(canary.generation, "1");
  ASSERT_EQ(who_answers(stays).generation, "0");
  app.signal(SIGHUP);
  ASSERT_NE(app.wait_for("another one follows it"), "") << app.log();
  ::kill(canary.pid, SIGKILL);
  EXPECT_THAT(app.wait_for("reload failed, and the processes from before go on: "),
              HasSubstr("was killed by SIGKILL"));
  ASSERT_NE(app.wait_for("canary: the new processes get"), "") << app.log();
  EXPECT_EQ(ask(with_it), "") << "it was inside";
  EXPECT_EQ(who_answers_but("0", stays).generation, "2") << "the first in this trial";
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), 0) << app.log();
}

TEST_P(Canaries, AStopEndsATrialAndAllElseWaitsForIt) {
  auto app = run_app(half_for(no_end));
  ASSERT_TRUE(app.ready()) << app.log();
  test_client tries(app.port());
  begin_trial(app);
  ASSERT_EQ(who_answers_but("0", tries).generation, "1");
  EXPECT_THAT(run_shoal("processes" + of(app)).text, HasSubstr("node 0: canary, pid "));
  EXPECT_THAT(run_shoal("upgrade" + of(app)).text, HasSubstr("a reload is under way"));
  ASSERT_TRUE(tries.send("GET /sleep/50 HTTP/1.1\r\nHost: a\r\n\r\n"));
  app.signal(SIGTERM);
  EXPECT_EQ(body_of(tries.answer()), "slept");  // and the end of the connection
  {
    const auto closed = std::move(tries);
  }
  EXPECT_EQ(app.ended(), 0) << app.log();
}

TEST_P(Canaries, OneThatIsStartedAgainMeanwhileSharesToo) {
  auto app = run_app(half_for(no_end));
  ASSERT_TRUE(app.ready()) << app.log();
  begin_trial(app);
  const auto told = run_shoal("kill 0" + of(app));
  EXPECT_EQ(told.exit_code, 0) << told.text;
  test_client first(app.port());
  test_client second(app.port());
  EXPECT_EQ(who_answers_but("2", first).generation, "1");
  EXPECT_EQ(who_answers(second).generation, "2");
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), 0) << app.log();
}

}  // namespace
}  // namespace shoal::cluster
