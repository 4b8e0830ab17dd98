// Whole clusters, told what to do at their control socket.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "cluster/control/control_limits.h"
#include "cluster/exit_code.h"
#include "running_app.h"
#include "support/child_process.h"

namespace shoal::cluster {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Control : public ::testing::Test {
 protected:
  Control() {
    char name[] = "/tmp/shoal_control_XXXXXX";
    directory_ = ::mkdtemp(name);
    ::chmod(directory_.c_str(), 0755);
  }
  ~Control() override { fs::remove_all(directory_); }

  [[nodiscard]] std::string path() const { return directory_ + "/control"; }
  [[nodiscard]] app_settings settings(const std::string& trouble = "",
                                      std::vector<std::string> more = {}) const {
    std::vector<std::string> flags = {"--nodes", "2", "--workers", "1", "--control", path()};
    flags.insert(flags.end(), more.begin(), more.end());
    return {.flags = flags, .trouble = trouble};
  }

  /// A client that has asked for it.
  [[nodiscard]] test_client ask(const std::string& line) const {
    test_client client(path());
    EXPECT_TRUE(client.connected()) << line;
    EXPECT_TRUE(client.send(line + " HTTP/1.1\r\nHost: a\r\n\r\n"));
    return client;
  }
  [[nodiscard]] std::string answer_to(const std::string& line) const { return ask(line).answer(); }

  /// A FIFO at which processes of a later generation wait in their boot.
  [[nodiscard]] std::string gate() const {
    const auto fifo = directory_ + "/gate";
    ::mkfifo(fifo.c_str(), 0600);
    return fifo;
  }
  /// Lets them go on, and all who come later.
  static descriptor open_gate(const std::string& fifo) {
    return descriptor(::open(fifo.c_str(), O_WRONLY | O_CLOEXEC));
  }

  std::string directory_;
};

std::string generation_of(std::uint16_t port) {
  const auto text = fetch(port, "/whoami");  // pid node worker generation driver
  const auto end = text.rfind(' ');
  const auto begin = text.rfind(' ', end - 1) + 1;
  return text.substr(begin, end - begin);
}

TEST_F(Control, SaysHowAllIs) {
  auto app = run_app(settings());
  ASSERT_TRUE(app.ready()) << app.log();
  const auto answer = answer_to("GET /v1/status");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer,
              HasSubstr("{\"pid\":" + std::to_string(app.pid()) + ",\"state\":\"serving\""));
  for (const pid_t child : app.children()) {
    EXPECT_THAT(answer, HasSubstr("\"pid\":" + std::to_string(child) + ",\"generation\":0"));
  }
  EXPECT_THAT(answer_to("GET /v1/listeners"),
              HasSubstr("{\"address\":\"127.0.0.1:" + std::to_string(app.port()) + "\""));
  EXPECT_THAT(answer_to("GET /v1/events"), HasSubstr("\"event\":\"listening\",\"node\":1"));
}

TEST_F(Control, AnswersForAReloadWhenAllNewProcessesServe) {
  auto app = run_app(settings());
  ASSERT_TRUE(app.ready()) << app.log();
  test_client kept(app.port());
  for (const auto* generation : {"1", "2", "3"}) {
    EXPECT_THAT(answer_to("POST /v1/reload"), HasSubstr(" serve\"}")) << app.log();
    EXPECT_EQ(generation_of(app.port()), generation);
  }
  EXPECT_THAT(answer_to("GET /v1/status"), HasSubstr("\"reloads\":3,\"reload_failure\":\"\""));
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), 0) << app.log();
}

TEST_F(Control, SaysWhyAReloadHasFailed) {
  auto app = run_app(settings("throw-again"));
  ASSERT_TRUE(app.ready()) << app.log();
  for (int times = 0; times < 2; ++times) {
    const auto answer = answer_to("POST /v1/reload");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
    EXPECT_THAT(answer, HasSubstr("no database at 10.0.0.7"));
    EXPECT_EQ(generation_of(app.port()), "0");
  }
  EXPECT_THAT(answer_to("GET /v1/status"), HasSubstr("no database at 10.0.0.7"));
}

TEST_F(Control, WhoAsksDuringAReloadWaitsForTheOneThatFollows) {
  const auto fifo = gate();
  auto app = run_app(settings("gate:" + fifo));
  ASSERT_TRUE(app.ready()) << app.log();
  auto first = ask("POST /v1/reload");
  ASSERT_NE(app.wait_for("reload: new processes are started"), "");
  auto second = ask("POST /v1/reload");
  ASSERT_NE(app.wait_for("another one follows it"), "");
  auto third = ask("POST /v1/restart?node=1");
  ASSERT_NE(app.wait_for("another one follows it"), "");
  EXPECT_FALSE(first.heard());
  const auto open = open_gate(fifo);
  EXPECT_THAT(first.answer(), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(second.answer(), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(third.answer(), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(generation_of(app.port()), "2") << "two reloads are enough for three who ask";
}

TEST_F(Control, ADrainThatIsTakenBackOrStoppedSaysSo) {
  auto app = run_app(settings());
  ASSERT_TRUE(app.ready()) << app.log();
  std::vector<test_client> held;
  // Until each node has one, so that neither is drained at once.
  for (bool first = false, second = false; !first || !second;) {
    held.emplace_back(app.port());
    // The first answer leaves when both requests have begun.
    ASSERT_TRUE(
        held.back().send("GET /whoami HTTP/1.1\r\nHost: a\r\n\r\n"
                         "GET /sleep/600000 HTTP/1.1\r\nHost: a\r\n\r\n"));
    const std::string who = body_of(held.back().one_answer());
    ASSERT_NE(who, "");
    (who.find(" 0 0 ") != std::string::npos ? first : second) = true;
  }
  auto drain = ask("POST /v1/drain?node=0");
  ASSERT_NE(app.wait_for("node 0 is drained"), "");
  EXPECT_THAT(answer_to("POST /v1/undrain?node=0"), HasSubstr("2 of 2 workers serve"));
  EXPECT_THAT(drain.answer(), HasSubstr("called back before it was over"));
  auto scale = ask("POST /v1/scale?workers=1");
  ASSERT_NE(app.wait_for("1 of 2 workers serve"), "");
  auto stop = ask("POST /v1/stop?now=1");
  EXPECT_THAT(scale.answer(), HasSubstr("the cluster stops"));
}

TEST_F(Control, AStopDuringAReloadIsItsAnswer) {
  const auto fifo = gate();
  auto app = run_app(settings("gate:" + fifo));
  ASSERT_TRUE(app.ready()) << app.log();
  auto under_way = ask("POST /v1/reload");
  ASSERT_NE(app.wait_for("reload: new processes are started"), "");
  auto following = ask("POST /v1/reload");
  ASSERT_NE(app.wait_for("another one follows it"), "");
  auto stop = ask("POST /v1/stop");
  for (auto* client : {&under_way, &following}) {
    const auto answer = client->answer();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 409 "));
    EXPECT_THAT(answer, HasSubstr("the cluster stops"));
  }
  EXPECT_THAT(stop.answer(), HasSubstr("draining"));
  EXPECT_EQ(app.ended(), 0) << app.log();
}

TEST_F(Control, RestartsOneNodeAndClosesNoConnection) {
  auto app = run_app(settings());
  ASSERT_TRUE(app.ready()) << app.log();
  std::vector<test_client> clients;
  for (int i = 0; i < 20; ++i) clients.emplace_back(app.port());
  const auto before = app.children();
  const auto answer = answer_to("POST /v1/restart?node=1");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer, HasSubstr("node 1 (pid "));
  EXPECT_EQ(::kill(before[0], 0), 0);
  EXPECT_THAT(answer_to("GET /v1/events"), HasSubstr("\"event\":\"fork\",\"node\":1,\"pid\":"));
  for (auto& client : clients) {
    ASSERT_TRUE(client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    EXPECT_EQ(body_of(client.one_answer()), "hello");
  }
}

TEST_F(Control, KillsANodeAndWaitsForTheNextOne) {
  auto app = run_app(settings());
  ASSERT_TRUE(app.ready()) << app.log();
  const auto before = app.children();
  const auto answer = answer_to("POST /v1/kill?node=0");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  const auto after = app.children();
  EXPECT_THAT(after, ::testing::Not(::testing::Contains(before[0])));
  EXPECT_THAT(after, ::testing::Contains(before[1]));
  EXPECT_THAT(answer_to("GET /v1/events"),
              HasSubstr("\"pid\":" + std::to_string(before[0]) + ",\"generation\":0,\"signal\":9"));
}

TEST_F(Control, StopsAndItsConnectionEndsWithTheProcess) {
  auto app = run_app(settings());
  ASSERT_TRUE(app.ready()) << app.log();
  test_client busy(app.port());
  ASSERT_TRUE(busy.ask("/sleep/200"));
  auto first = ask("POST /v1/stop");
  auto second = ask("POST /v1/stop");
  EXPECT_THAT(first.answer(), HasSubstr("{\"done\":\"draining, then stopping\"}"));
  EXPECT_THAT(second.answer(), HasSubstr("{\"done\":\"draining, then stopping\"}"));
  EXPECT_EQ(body_of(busy.answer()), "slept");
  EXPECT_EQ(app.ended(), exit_stopped) << app.log();
  EXPECT_FALSE(fs::exists(path()));
}

TEST_F(Control, StopsAtOnceIfItIsToldTo) {
  auto app = run_app(settings("", {"--offload-after", "0"}));
  ASSERT_TRUE(app.ready()) << app.log();
  test_client client(app.port());
  ASSERT_TRUE(client.ask("/hold"));
  ASSERT_NE(app.wait_for("holding"), "");
  auto drains = ask("POST /v1/stop");
  ASSERT_NE(app.wait_for("the control socket asks for a stop"), "");
  auto hurries = ask("POST /v1/stop?now=1");
  EXPECT_THAT(hurries.answer(), HasSubstr("stopping at once"));
  EXPECT_THAT(drains.answer(), HasSubstr("draining"));
  EXPECT_EQ(app.ended(), exit_stopped) << app.log();
}

TEST_F(Control, OpensTheAccessLogAgain) {
  const auto log = directory_ + "/access";
  auto app = run_app(settings("", {"--access-log", log}));
  ASSERT_TRUE(app.ready()) << app.log();
  fs::rename(log, log + ".1");
  EXPECT_THAT(answer_to("POST /v1/reopen"), StartsWith("HTTP/1.1 200 "));
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), 0) << app.log();
  EXPECT_TRUE(fs::exists(log));
}

TEST_F(Control, TellsWhoFollowsWhatHappens) {
  auto app = run_app(settings());
  ASSERT_TRUE(app.ready()) << app.log();
  auto follower = ask("GET /v1/events?follow=1");
  EXPECT_THAT(answer_to("POST /v1/reload"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer_to("POST /v1/stop"), StartsWith("HTTP/1.1 200 "));
  const auto told = follower.answer();
  std::size_t at = 0;
  for (const auto* event :
       {"listening", "reload_begin", "fork", "online", "listening", "reload_end", "stop", "exit"}) {
    at = told.find("\"event\":\"" + std::string(event) + "\"", at);
    ASSERT_NE(at, std::string::npos) << event << "\n" << told;
  }
}

TEST_F(Control, RefusesWhatItDoesNotUnderstand) {
  auto app = run_app(settings());
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_THAT(answer_to("GET /v1/reload"), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(answer_to("GET /"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(answer_to("POST /v1/kill?node=2"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(answer_to("POST /v1/reopen"), StartsWith("HTTP/1.1 409 "));
  const std::string body = "GET /v1/status HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
  for (const auto& bytes : {std::string("\x16\x03\x01\x02"), std::string("nonsense\r\n\r\n"),
                            std::string(9000, 'x'), body}) {
    test_client client(path());
    ASSERT_TRUE(client.send(bytes));
    EXPECT_THAT(client.one_answer(), StartsWith("HTTP/1.1 4")) << bytes;
  }
  EXPECT_EQ(generation_of(app.port()), "0");
}

TEST_F(Control, EndsWhoDoesNotSayWhatHeWants) {
  auto app = run_app(settings());
  ASSERT_TRUE(app.ready()) << app.log();
  test_client silent(path());
  test_client slow(path());
  ASSERT_TRUE(slow.send("GET /v1/status HTTP/1.1\r\nHo"));
  EXPECT_THAT(answer_to("GET /v1/status"), StartsWith("HTTP/1.1 200 ")) << "others are not held up";
  EXPECT_EQ(silent.answer(), "");
  EXPECT_EQ(slow.answer(), "");
}

TEST_F(Control, AnswersAHundredWhoAskAtOnce) {
  auto app = run_app(settings());
  ASSERT_TRUE(app.ready()) << app.log();
  std::vector<test_client> clients;
  for (unsigned i = 0; i < 100; ++i) clients.push_back(ask("GET /v1/status"));
  for (auto& client : clients) EXPECT_THAT(client.answer(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(Control, GetsByWithFewConnectionsHoweverManyComeAndSayNothing) {
  auto app = run_app(settings());
  ASSERT_TRUE(app.ready()) << app.log();
  const auto before = descriptors_of(app.pid());
  std::vector<test_client> silent;
  for (unsigned i = 0; i < 100; ++i) silent.emplace_back(path());
  auto last = ask("GET /v1/status");
  EXPECT_LE(descriptors_of(app.pid()), before + most_control_connections);
  EXPECT_THAT(last.answer(), StartsWith("HTTP/1.1 200 ")) << "the silent ones are ended in time";
  EXPECT_LE(descriptors_of(app.pid()), before + most_control_connections);
  EXPECT_EQ(silent.front().answer(), "");
}

TEST_F(Control, HasRoomForQuestionsHoweverManyWait) {
  const auto fifo = gate();
  auto app = run_app(settings("gate:" + fifo));
  ASSERT_TRUE(app.ready()) << app.log();
  std::vector<test_client> waiting;
  for (unsigned i = 0; i < most_lasting_connections; ++i) {
    waiting.push_back(ask(i % 2 == 0 ? "POST /v1/reload" : "GET /v1/events?follow=1"));
  }
  EXPECT_THAT(answer_to("GET /v1/status"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer_to("POST /v1/reload"), StartsWith("HTTP/1.1 503 "));
  waiting.clear();
  std::string answer;  // their ends are noticed one by one
  while (!answer.starts_with("HTTP/1.1 409 ")) {
    answer = answer_to("POST /v1/reopen");
    ASSERT_THAT(answer, ::testing::AnyOf(StartsWith("HTTP/1.1 409 "), StartsWith("HTTP/1.1 503 ")));
  }
}

TEST_F(Control, WhoGoesBeforeTheAnswerHarmsNobody) {
  const auto fifo = gate();
  auto app = run_app(settings("gate:" + fifo));
  ASSERT_TRUE(app.ready()) << app.log();
  const auto before = descriptors_of(app.pid());
  {
    const auto gone = ask("POST /v1/reload");
  }
  ASSERT_NE(app.wait_for("reload: new processes are started"), "");
  const auto open = open_gate(fifo);
  ASSERT_NE(app.wait_for("reload: new processes serve"), "") << app.log();
  std::string answer;  // those before go when they have nothing left
  do {
    answer = answer_to("GET /v1/status");
    ASSERT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  } while (answer.find("\"leaves\"") != std::string::npos);
  EXPECT_EQ(descriptors_of(app.pid()), before);
}

/// Runs `body` as the user nobody.
template <typename Body>
int as_nobody(Body body) {
  const passwd* const nobody = ::getpwnam("nobody");
  if (nobody == nullptr) return -1;
  shoal::testing::child_process child([&] {
    if (::setgid(nobody->pw_gid) != 0 || ::setuid(nobody->pw_uid) != 0) ::_exit(90);
    ::_exit(body());
  });
  const int status = child.wait();
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(Control, IsClosedToOtherUsers) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become nobody";
  auto app = run_app(settings());
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_EQ(as_nobody([&] { return test_client(path()).connected() ? 1 : 0; }), 0);
  ASSERT_EQ(::chmod(path().c_str(), 0666), 0);  // whatever somebody does to the file
  const auto refused = [&](const std::string& bytes) {
    return as_nobody([&] {
      test_client client(path());
      if (!client.connected()) return 2;
      client.send(bytes);
      return client.one_answer().starts_with("HTTP/1.1 403 ") ? 0 : 1;
    });
  };
  EXPECT_EQ(refused("POST /v1/stop?now=1 HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
  EXPECT_EQ(refused(""), 0);
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
  EXPECT_EQ(app.log().find("the control socket"), std::string::npos);
}

TEST_F(Control, OfASecondServerIsElsewhere) {
  auto first = run_app(settings());
  ASSERT_TRUE(first.ready()) << first.log();
  auto second = run_app(settings());
  EXPECT_EQ(second.ended(), exit_address);
  EXPECT_THAT(second.log(), HasSubstr("another server listens there"));
  EXPECT_THAT(answer_to("GET /v1/status"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(Control, OfAKilledServerIsReplaced) {
  {
    auto first = run_app(settings());
    ASSERT_TRUE(first.ready()) << first.log();
    first.signal(SIGKILL);
    first.ended();
  }
  ASSERT_TRUE(fs::exists(path()));
  auto second = run_app(settings());
  ASSERT_TRUE(second.ready()) << second.log();
  EXPECT_THAT(answer_to("GET /v1/status"), HasSubstr("{\"pid\":" + std::to_string(second.pid())));
}

TEST_F(Control, IsNowhereIfNobodyWantsIt) {
  auto app = run_app({.flags = {"--workers", "1", "--control", "none"}, .trouble = {}});
  ASSERT_TRUE(app.ready()) << app.log();
  app.signal(SIGHUP);
  ASSERT_NE(app.wait_for("reload: new processes serve"), "") << app.log();
}

}  // namespace
}  // namespace shoal::cluster
