// The program `shoal` against whole clusters: what its commands print, and how they end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "running_app.h"
#include "shoal_program.h"

namespace shoal::cluster {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string of(const test::served_process& app) { return " --pid " + std::to_string(app.pid()); }

app_settings two_nodes(const std::string& trouble = "", const std::string& control = "auto") {
  return {.flags = {"--nodes", "2", "--workers", "1", "--control", control}, .trouble = trouble};
}

TEST(ControlProgram, ReloadsAndSaysWhoServes) {
  auto app = run_app(two_nodes());
  ASSERT_TRUE(app.ready()) << app.log();
  const auto seen = run_shoal("reload" + of(app));
  EXPECT_EQ(seen.exit_code, 0) << seen.text;
  EXPECT_THAT(seen.text,
              AllOf(HasSubstr("node 0 (pid "), HasSubstr("node 1 (pid "), HasSubstr(" serve\n")));
  const auto json = run_shoal("reload --json" + of(app));
  EXPECT_EQ(json.exit_code, 0) << json.text;
  EXPECT_TRUE(json.text.starts_with("{\"done\":\"node 0 (pid ")) << json.text;
}

TEST(ControlProgram, SaysWhyAReloadHasFailed) {
  auto app = run_app(two_nodes("throw-again"));
  ASSERT_TRUE(app.ready()) << app.log();
  const auto seen = run_shoal("reload" + of(app));
  EXPECT_EQ(seen.exit_code, 1);
  EXPECT_THAT(seen.text, AllOf(HasSubstr("shoal: node "), HasSubstr("no database at 10.0.0.7")));
  const auto json = run_shoal("reload --json" + of(app));
  EXPECT_EQ(json.exit_code, 1);
  EXPECT_THAT(json.text, HasSubstr("\"status\":500"));
}

TEST(ControlProgram, DumpsWhatAllProcessesDo) {
  auto app = run_app(two_nodes());
  ASSERT_TRUE(app.ready()) << app.log();
  const auto seen = run_shoal("dump" + of(app));
  EXPECT_EQ(seen.exit_code, 0) << seen.text;
  EXPECT_THAT(seen.text,
              AllOf(HasSubstr("\"name\":\"shoal-w0\""), HasSubstr("\"name\":\"shoal-w1\""),
                    HasSubstr("\"state\":\"serving\""), HasSubstr("\"event\":\"listening\""),
                    HasSubstr("\"address\":\"127.0.0.1:")));
}

TEST(ControlProgram, WaitsNoLongerThanItMay) {
  auto app = run_app(two_nodes("hang-again"));
  ASSERT_TRUE(app.ready()) << app.log();
  const auto seen = run_shoal("restart 0 --timeout 0.2" + of(app));
  EXPECT_EQ(seen.exit_code, 1);
  EXPECT_EQ(seen.text, "shoal: no answer in time; what was asked for may still go on\n");
}

TEST(ControlProgram, FindsAServerByAnyOfItsProcesses) {
  auto app = run_app(two_nodes());
  ASSERT_TRUE(app.ready()) << app.log();
  const auto child = std::to_string(app.children().front());
  const auto seen = run_shoal("processes --pid " + child);
  EXPECT_EQ(seen.exit_code, 0) << seen.text;
  EXPECT_THAT(seen.text, AllOf(HasSubstr("supervisor " + std::to_string(app.pid()) + ": serving"),
                               HasSubstr("pid " + child)));
}

TEST(ControlProgram, RestartsAndKillsANode) {
  auto app = run_app(two_nodes());
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_THAT(run_shoal("restart 1" + of(app)).text, HasSubstr("node 1 (pid "));
  EXPECT_THAT(run_shoal("kill 0" + of(app)).text, HasSubstr("node 0 (pid "));
  const auto wrong = run_shoal("kill 7" + of(app));
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_EQ(wrong.text, "shoal: there is no node 7; the last one is 1\n");
  EXPECT_EQ(run_shoal("kill" + of(app)).exit_code, 2);
}

TEST(ControlProgram, ShowsListenersAndEvents) {
  auto app = run_app(two_nodes());
  ASSERT_TRUE(app.ready()) << app.log();
  const auto listeners = run_shoal("listeners" + of(app));
  EXPECT_THAT(listeners.text, HasSubstr("127.0.0.1:" + std::to_string(app.port()) + ": "));
  const auto events = run_shoal("events" + of(app));
  EXPECT_EQ(events.exit_code, 0);
  EXPECT_THAT(events.text, HasSubstr(" listening node 1 pid "));
  EXPECT_THAT(run_shoal("events --json" + of(app)).text,
              HasSubstr("\"event\":\"fork\",\"node\":0"));
}

TEST(ControlProgram, StopsAServerAndWaitsForItsEnd) {
  auto app = run_app(two_nodes());
  ASSERT_TRUE(app.ready()) << app.log();
  const auto seen = run_shoal("stop" + of(app));
  EXPECT_EQ(seen.exit_code, 0) << seen.text;
  EXPECT_EQ(seen.text, "draining, then stopping\n");
  int status = -1;
  ASSERT_EQ(::waitpid(app.pid(), &status, WNOHANG), app.pid()) << "it has ended by now";
  EXPECT_EQ(status, 0);
}

TEST(ControlProgram, FollowsEventsToTheEnd) {
  auto app = run_app(two_nodes());
  ASSERT_TRUE(app.ready()) << app.log();
  FILE* const follower =
      ::popen((std::string(SHOAL_PROGRAM) + " events --follow" + of(app)).c_str(), "r");
  ASSERT_NE(follower, nullptr);
  char line[1024];
  ASSERT_NE(std::fgets(line, sizeof line, follower), nullptr);
  EXPECT_EQ(run_shoal("stop" + of(app)).exit_code, 0);
  std::string last;
  while (std::fgets(line, sizeof line, follower) != nullptr) last = line;
  EXPECT_THAT(last, HasSubstr(" exit node "));
  EXPECT_EQ(::pclose(follower), 0);
}

TEST(ControlProgram, SaysThatThereIsNoServerOrNoSocket) {
  const auto nobody = run_shoal("reload --pid " + std::to_string(::getpid()));
  EXPECT_EQ(nobody.exit_code, 3);
  EXPECT_THAT(nobody.text, HasSubstr("no shoal server has a process"));
  auto app = run_app(two_nodes("", "none"));
  ASSERT_TRUE(app.ready()) << app.log();
  const auto mute = run_shoal("reload" + of(app));
  EXPECT_EQ(mute.exit_code, 1);
  EXPECT_THAT(mute.text, HasSubstr("has no control socket"));
}

TEST(ControlProgram, WantsToKnowWhichServer) {
  auto first = run_app(two_nodes());
  auto second = run_app(two_nodes());
  ASSERT_TRUE(first.ready() && second.ready());
  const auto seen = run_shoal("reload");
  EXPECT_EQ(seen.exit_code, 2);
  EXPECT_THAT(seen.text, AllOf(HasSubstr("choose one with --pid"),
                               HasSubstr("(" + std::to_string(first.pid()) + ")"),
                               HasSubstr("(" + std::to_string(second.pid()) + ")")));
}

TEST(ControlProgram, ExplainsEachCommand) {
  for (const auto* command :
       {"reload", "restart", "kill", "stop", "reopen", "events", "listeners", "processes"}) {
    const auto seen = run_shoal(std::string(command) + " --help");
    EXPECT_EQ(seen.exit_code, 0) << command;
    EXPECT_THAT(seen.text, AllOf(HasSubstr("--pid"), HasSubstr("--timeout"), HasSubstr("--json")));
  }
}

}  // namespace
}  // namespace shoal::cluster
