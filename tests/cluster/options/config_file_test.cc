#include "cluster/options/config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cluster/options/option_table.h"
#include "support/scratch_directory.h"

namespace shoal::cluster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// "" if the file says nothing of it.
std::string said(const config_file& file, std::string_view name) {
  const auto& one = file.says.at(find_option(name).value());
  return one ? one->text + " (" + one->where + ")" : "";
}

config_file parse(std::string_view text) { return parse_config(text, "a.toml"); }

TEST(ConfigFile, ATextMeansWhatItWouldMeanBehindTheFlag) {
  const auto file = parse(
      "workers = \"auto\"\nheader-timeout = \"30s\"\nmax-head = '16KiB'\nrebalance = \"off\"\n"
      "listen = \"127.0.0.1:1,127.0.0.1:2\"\n");
  EXPECT_THAT(file.problems, IsEmpty());
  EXPECT_EQ(said(file, "workers"), "auto (a.toml:1:1)");
  EXPECT_EQ(said(file, "header-timeout"), "30s (a.toml:2:1)");
  EXPECT_EQ(said(file, "max-head"), "16KiB (a.toml:3:1)");
  EXPECT_EQ(said(file, "rebalance"), "off (a.toml:4:1)");
  EXPECT_EQ(said(file, "listen"), "127.0.0.1:1,127.0.0.1:2 (a.toml:5:1)");
  EXPECT_EQ(said(file, "nodes"), "");
}

TEST(ConfigFile, NumbersTruthAndListsMayBeWrittenAsSuch) {
  const auto file = parse(
      "workers = 4\nmax-body = 1_000_000\nrehome = false\nrebalance = true\n"
      "listen = [\n  \"127.0.0.1:1\",\n  \"unix:/tmp/x\",\n]\n");
  EXPECT_THAT(file.problems, IsEmpty());
  EXPECT_EQ(said(file, "workers"), "4 (a.toml:1:1)");
  EXPECT_EQ(said(file, "max-body"), "1000000 (a.toml:2:1)");
  EXPECT_EQ(said(file, "rehome"), "off (a.toml:3:1)");
  EXPECT_EQ(said(file, "rebalance"), "on (a.toml:4:1)");
  EXPECT_EQ(said(file, "listen"), "127.0.0.1:1,unix:/tmp/x (a.toml:5:1)");
}

struct mistake {
  const char* name;
  const char* text;
  const char* problem;
};

class Mistake : public ::testing::TestWithParam<mistake> {};

TEST_P(Mistake, IsToldWithItsPlaceAndTheCure) {
  EXPECT_THAT(parse(GetParam().text).problems, ElementsAre(GetParam().problem));
}

constexpr mistake mistakes[] = {
    {"ASlip", "\nwokers = 2", R"(a.toml:2:1: unknown option "wokers"; did you mean workers?)"},
    {"AnUnderscore", "max_body = 2",
     R"(a.toml:1:1: unknown option "max_body"; did you mean max-body?)"},
    {"AStranger", "certificate = 2", R"(a.toml:1:1: unknown option "certificate")"},
    {"ATable", "[server]\nworkers = 2",
     "a.toml:1:1: a line that begins with [; options stand at the top, without tables"},
    {"ADottedKey", "server.workers = 2", R"(a.toml:1:1: unknown option "server")"},
    {"AKeyOfTwoLines", R"("a\nb" = 2)", R"(a.toml:1:1: unknown option "a\nb")"},
    {"NoKey", R"("" = 2)", R"(a.toml:1:1: unknown option "")"},
    {"OutOfRange", "workers = 0",
     R"(a.toml:1:11: workers "0": must be a number, 1 or more, or auto)"},
    {"Negative", "workers = -1",
     R"(a.toml:1:11: workers "-1": must be a number, 1 or more, or auto)"},
    {"Unit", "header-timeout = \"30 s\"",
     R"(a.toml:1:18: header-timeout "30 s": must be a duration such as 250ms, 30s or 5m)"},
    {"Size", "max-head = \"1kB\"",
     R"(a.toml:1:12: max-head "1kB": must be a size from 256B to 65535B)"},
    {"Name", "driver = \"kqueue\"",
     R"(a.toml:1:10: driver "kqueue": must be auto, uring or epoll)"},
    {"ATimeWithoutUnit", "header-timeout = 30",
     R"(a.toml:1:18: header-timeout is a number; it must be a text such as "30s")"},
    {"AFraction", "workers = 1.5",
     "a.toml:1:11: workers is a number with a fraction; it must be a number, or a text in quotes"},
    {"ASizeThatIsTrue", "max-body = true",
     R"(a.toml:1:12: max-body is true or false; it must be a number of bytes, or a text such as "64KiB")"},
    {"ASwitchThatIsOne", "rehome = 1", "a.toml:1:10: rehome is a number; it must be true or false"},
    {"ANameThatIsANumber", "driver = 7",
     "a.toml:1:10: driver is a number; it must be a text in quotes"},
    {"AListOfOne", "workers = [2]",
     "a.toml:1:11: workers is a list; it must be a number, or a text in quotes"},
    {"AnOptionThatIsATable", "listen.a = 1",
     "a.toml:1:1: listen is a table; it must be a text, or a list of texts"},
    {"AnAddress", "listen = [\"127.0.0.1:1\", \"localhost:80\"]",
     R"(a.toml:1:26: listen "localhost:80": not a numeric address; write 127.0.0.1:8080, [::1]:8080, 0.0.0.0:8080 for every IPv4 address of this machine, or unix:/run/app.sock)"},
    {"AnEmptyAddressAtTheEnd", "listen = [\"127.0.0.1:1\", \"\"]",
     R"(a.toml:1:26: listen "": nothing to listen on; write ADDR:PORT)"},
    {"NoAddresses", "listen = []",
     R"(a.toml:1:10: listen "": nothing to listen on; write ADDR:PORT)"},
    {"AListInAList", "listen = [[\"127.0.0.1:1\"]]",
     "a.toml:1:11: listen has a list in it; it must be a list of texts"},
    {"AZeroByte", R"(access-log = "/tmp/a\u0000b")",
     R"(a.toml:1:14: access-log "/tmp/a\u0000b": must not have a zero byte in it)"},
};

INSTANTIATE_TEST_SUITE_P(ConfigFile, Mistake, ::testing::ValuesIn(mistakes),
                         [](const auto& it) { return std::string(it.param.name); });

TEST(ConfigFile, AllThatIsWrongIsToldAtOnceInTheOrderOfTheFile) {
  const auto file =
      parse("wokers = 2\nnodes = 0\nbacklog = 9\nlisten = [\"x\", \"y\"]\n[a]\nb = = 1\n");
  EXPECT_THAT(
      file.problems,
      ElementsAre(HasSubstr("a.toml:1:1: "), HasSubstr("a.toml:2:9: nodes"),
                  HasSubstr("a.toml:4:11: listen \"x\""), HasSubstr("a.toml:4:16: listen \"y\""),
                  HasSubstr("a.toml:5:1: a line"), HasSubstr("a.toml:6:5: ")));
  EXPECT_EQ(said(file, "backlog"), "9 (a.toml:3:1)");
  EXPECT_EQ(said(file, "nodes"), "") << "what is wrong is not said";
  EXPECT_EQ(said(file, "listen"), "");
}

TEST(ConfigFile, ALongTextIsShownInPart) {
  const auto file = parse("driver = \"" + std::string(300, 'x') + "\"");
  EXPECT_THAT(file.problems, ElementsAre("a.toml:1:10: driver \"" + std::string(100, 'x') +
                                         "\"...: must be auto, uring or epoll"));
}

TEST(ConfigFile, OneThatCannotBeReadIsAProblem) {
  const testing::scratch_directory place;
  EXPECT_THAT(load_config("/nonexistent/shoal.toml").problems,
              ElementsAre("cannot read /nonexistent/shoal.toml: No such file or directory"));
  EXPECT_THAT(load_config("/tmp").problems, ElementsAre("cannot read /tmp: it is a directory"));
  const auto full = place.write("full", std::string(most_config_bytes, '\n'));
  EXPECT_THAT(load_config(full).problems, IsEmpty());
  const auto huge = place.write("huge", std::string(most_config_bytes + 1, '\n'));
  EXPECT_THAT(load_config(huge).problems,
              ElementsAre("cannot read " + huge + ": it has more than 64KiB"));
}

}  // namespace
}  // namespace shoal::cluster
