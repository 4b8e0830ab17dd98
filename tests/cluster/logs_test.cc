// The log of whole clusters: what machines read of it, and what is never lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdio>
#include <string>

#include "cluster/exit_code.h"
#include "running_app.h"
#include "support/scratch_directory.h"

namespace shoal::cluster {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Reads each line as JSON, as strictly as Python does; prints "bad: LINE" or, of events, their
/// names.
constexpr const char* reader = R"(
import json, sys
for line in open(sys.argv[1], "rb"):
    try:
        it = json.loads(line.decode("utf-8"))
        list(map(it.__getitem__, ("time", "level", "source", "pid", "message")))
        if "event" in it: print(it["source"], it["event"]["event"], it["event"].get("node", "-"))
    except (ValueError, KeyError): print("bad:", line)
)";

std::string read_as_json(const std::string& log) {
  const testing::scratch_directory place;
  const auto script = place.write("reader.py", reader);
  const auto file = place.write("log", log);
  FILE* const pipe = ::popen((PYTHON " " + script + " " + file + " 2>&1").c_str(), "r");
  std::string told;
  for (int c = 0; (c = std::fgetc(pipe)) != EOF;) told += static_cast<char>(c);
  ::pclose(pipe);
  return told;
}

TEST(Logs, InJsonEachLineOfAStartAReloadAndAStopIsAnObject) {
  auto app = run_app({.flags = {"--workers", "1", "--log-format", "json"}});
  ASSERT_TRUE(app.ready()) << app.log();
  app.signal(SIGHUP);
  ASSERT_NE(app.wait_for("reload: new processes serve"), "") << app.log();
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), exit_stopped) << app.log();
  const auto told = read_as_json(app.log());
  EXPECT_THAT(told, Not(HasSubstr("bad:")));
  EXPECT_THAT(told, ::testing::StartsWith("supervisor fork 0\nsupervisor online 0\n"
                                          "supervisor listening 0\nsupervisor reload_begin -\n"))
      << app.log();
  EXPECT_THAT(told, HasSubstr("supervisor stop -\n"));
  EXPECT_THAT(told, HasSubstr("supervisor exit 0\n"));
}

TEST(Logs, AReloadThatMakesThemSilentIsToldToItsEnd) {
  const testing::scratch_directory place;
  const auto file = place.write("app.toml", "log-level = \"info\"\n");
  auto app = run_app({.flags = {"--workers", "1", "--config", file}});
  ASSERT_TRUE(app.ready()) << app.log();
  static_cast<void>(place.write("app.toml", "log-level = \"warning\"\n"));
  app.signal(SIGHUP);
  EXPECT_NE(app.wait_for("reload: new processes serve"), "") << app.log();
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), exit_stopped);
  EXPECT_THAT(app.log(), Not(HasSubstr("draining"))) << "and not beyond it";
}

TEST(Logs, WhatRepeatsIsSummedUpAtTheEndAtLatest) {
  auto app = run_app({.flags = {"--nodes", "3", "--workers", "1"}, .trouble = "policy:restart"});
  ASSERT_TRUE(app.ready()) << app.log();
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), exit_stopped);
  // Of each process fork, online, listening and exit, and the stop: 13, of which 10 are written.
  EXPECT_THAT(app.log(), HasSubstr("on_event has failed: deaf (repeated 3 times in ")) << app.log();
}

}  // namespace
}  // namespace shoal::cluster
