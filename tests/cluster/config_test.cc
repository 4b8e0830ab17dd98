// Programs with a configuration file: what counts, what they say of it, and how they end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>

#include "cluster/exit_code.h"
#include "running_app.h"
#include "support/scratch_directory.h"

namespace shoal::cluster {
namespace {

using ::testing::HasSubstr;

/// What an app prints that ends by itself: stdout and stderr.
struct said {
  int code;
  std::string text;
};

said ask_app(app_settings settings) {
  settings.before_exec = [then = settings.before_exec] {
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    if (then) then();
  };
  auto app = run_app(settings);
  const int code = app.ended();
  return {code, app.log()};
}

TEST(Config, FlagsWinOverVariablesTheseOverTheFileAndThatOverCode) {
  const testing::scratch_directory place;
  const auto file = place.write(
      "a.toml", "nodes = 1\nworkers = 1\ndriver = \"epoll\"\nlisten = [\"127.0.0.1:0\"]\n");
  auto app = run_app({.flags = {"--nodes", "2", "--config", file},
                      .before_exec = [] { ::setenv("SHOAL_WORKERS", "3", 1); }});
  EXPECT_THAT(app.wait_for("ready:"),
              HasSubstr("2 processes x 3 workers; driver epoll (as asked for)"));
}

TEST(Config, AVariableNamesTheFileAndAFlagWinsOverIt) {
  const testing::scratch_directory place;
  const auto one = place.write("one.toml", "workers = 1\nlog-level = \"error\"\n");
  const auto two = place.write("two.toml", "workers = 2\n");
  const auto name_one = [&] { ::setenv("SHOAL_CONFIG", one.c_str(), 1); };
  const app_settings by_variable{.flags = {"--print-config", "text"}, .before_exec = name_one};
  EXPECT_THAT(ask_app(by_variable).text, HasSubstr("# " + one + ":1:1\n"));
  const app_settings by_both{.flags = {"--print-config", "text", "--config", two},
                             .before_exec = name_one};
  const auto [code, text] = ask_app(by_both);
  EXPECT_EQ(code, exit_stopped);
  EXPECT_THAT(text, HasSubstr("# " + two + ":1:1\n"));
  EXPECT_THAT(text, HasSubstr("log-level = \"info\""));
  EXPECT_THAT(text, HasSubstr("listen = [\"127.0.0.1:0\"]                    # code\n"));
  const app_settings by_none{.flags = {"--print-config", "json", "--config", ""},
                             .before_exec = name_one};
  EXPECT_THAT(ask_app(by_none).text,
              HasSubstr(R"({"name":"workers","value":"auto","source":"def)"));
}

TEST(Config, AllThatIsWrongIsToldAndNothingStarts) {
  const testing::scratch_directory place;
  const auto file = place.write("a.toml", "wokers = 2\nnodes = 0\n");
  const auto name = std::filesystem::path(TEST_APP_PATH).filename().string() + ": ";
  const auto [code, text] = ask_app({.flags = {"--config", file}});
  EXPECT_EQ(code, exit_configuration);
  EXPECT_EQ(text, name + file + ":1:1: unknown option \"wokers\"; did you mean workers?\n" + name +
                      file + ":2:9: nodes \"0\": must be a number, 1 or more, or auto\n");
  EXPECT_EQ(ask_app({.flags = {"--config", file, "--print-config", "text"}}).text, text);
  EXPECT_EQ(ask_app({.flags = {"--config", file, "--check"}}).text, text);
}

struct bad_file {
  const char* name;
  std::vector<std::string> flags;
  int code;
  const char* line;
};

class BadFile : public ::testing::TestWithParam<bad_file> {};

TEST_P(BadFile, EndsWithACodeAndALineThatNamesIt) {
  const auto [code, text] = ask_app({.flags = GetParam().flags});
  EXPECT_EQ(code, GetParam().code);
  EXPECT_THAT(text, HasSubstr(GetParam().line));
}

const bad_file bad_files[] = {
    {"Absent",
     {"--config", "/nonexistent/a.toml"},
     exit_configuration,
     "cannot read /nonexistent/a.toml: No such file or directory"},
    {"Directory", {"--config", "/tmp"}, exit_configuration, "cannot read /tmp: it is a directory"},
    {"Device", {"--config", "/dev/zero"}, exit_configuration, "it is no regular file"},
    {"Twice",
     {"--config", "/dev/null", "--config", "/dev/null"},
     exit_usage,
     "--config is given more than once"},
    {"NoFormat", {"--print-config", "xml"}, exit_usage, "\"xml\": must be text or json"},
    {"TwoWishes", {"--print-config", "text", "--check"}, exit_usage, "are two wishes; give one"},
    {"Slip", {"--confgi", "a"}, exit_usage, "did you mean --config?"},
};

INSTANTIATE_TEST_SUITE_P(Config, BadFile, ::testing::ValuesIn(bad_files),
                         [](const auto& it) { return std::string(it.param.name); });

TEST(Check, SaysOkWhereAStartWouldAndBindsNothing) {
  auto running = run_app({.flags = {"--workers", "1"}});
  ASSERT_TRUE(running.ready()) << running.log();
  const auto taken = "127.0.0.1:" + std::to_string(running.port());
  const auto [code, text] = ask_app({.flags = {"--check", "--workers", "1", "--listen", taken}});
  EXPECT_EQ(code, exit_stopped);
  EXPECT_THAT(text, HasSubstr(": OK\n"));
  EXPECT_EQ(fetch(running.port(), "/"), "hello");
}

TEST(Check, TellsWhatTheMachineAndTheRoutesDoNotAllow) {
  const auto [code, text] =
      ask_app({.flags = {"--check", "--workers", "4000", "--access-log", "/nonexistent/log"},
               .trouble = "conflict"});
  EXPECT_EQ(code, exit_configuration);
  EXPECT_THAT(text, HasSubstr("test_app.cc:"));
  EXPECT_THAT(text, HasSubstr("cannot open access log /nonexistent/log"));
  EXPECT_THAT(text, HasSubstr("lower --workers or --max-connections"));
}

TEST(Check, TellsOfRoutesWhereOptionsAreWrongToo) {
  const auto [code, text] =
      ask_app({.flags = {"--check", "--workers", "0"}, .trouble = "conflict"});
  EXPECT_EQ(code, exit_usage);
  EXPECT_THAT(text, HasSubstr("--workers \"0\": must be"));
  EXPECT_THAT(text, HasSubstr("test_app.cc:"));
}

TEST(Check, MakesNoAccessLog) {
  const testing::scratch_directory place;
  const auto log = place / "log";
  const auto [code, text] = ask_app({.flags = {"--check", "--workers", "1", "--access-log", log}});
  EXPECT_EQ(code, exit_stopped) << text;
  EXPECT_FALSE(std::filesystem::exists(log));
}

}  // namespace
}  // namespace shoal::cluster
