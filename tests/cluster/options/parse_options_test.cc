#include "cluster/options/parse_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "cluster/options/option_table.h"

namespace shoal::cluster {
namespace {

using next = parsed_options::next;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

std::map<std::string, std::string> variables;

const char* look_up(const char* name) {
  const auto found = variables.find(name);
  return found == variables.end() ? nullptr : found->second.c_str();
}

parsed_options parse(std::vector<const char*> flags, const options& code = {}) {
  flags.insert(flags.begin(), "/usr/bin/playground");
  return parse_options(code, flags, look_up);
}

std::string refusal(std::vector<const char*> flags, const options& code = {}) {
  const auto parsed = parse(std::move(flags), code);
  EXPECT_EQ(parsed.what, next::refuse);
  return parsed.text;
}

class ParseOptions : public testing::Test {
  void TearDown() override { variables.clear(); }
};

TEST_F(ParseOptions, WithoutFlagsTheProgramsOwnValuesStand) {
  options code;
  code.workers = 3;
  code.drain_timeout = milliseconds(500);
  const auto parsed = parse({}, code);
  ASSERT_EQ(parsed.what, next::run) << parsed.text;
  EXPECT_EQ(parsed.settled.values.workers, 3U);
  EXPECT_EQ(parsed.settled.values.drain_timeout, milliseconds(500));
  EXPECT_THAT(parsed.settled.values.listen, ElementsAre("127.0.0.1:8080"));
}

TEST_F(ParseOptions, AFlagWinsOverTheEnvironmentAndThatOverCode) {
  options code;
  code.nodes = code.workers = code.backlog = 7;
  variables = {{"SHOAL_WORKERS", "5"}, {"SHOAL_NODES", "5"}};
  const auto parsed = parse({"--nodes", "2"}, code);
  ASSERT_EQ(parsed.what, next::run) << parsed.text;
  EXPECT_EQ(parsed.settled.values.nodes, 2U);
  EXPECT_EQ(parsed.settled.values.workers, 5U);
  EXPECT_EQ(parsed.settled.values.backlog, 7U);
}

TEST_F(ParseOptions, ListenMayBeRepeatedAndReplacesTheDefault) {
  const auto parsed = parse({"--listen", "127.0.0.1:1", "--listen=[::1]:2"});
  ASSERT_EQ(parsed.what, next::run) << parsed.text;
  EXPECT_THAT(parsed.settled.values.listen, ElementsAre("127.0.0.1:1", "[::1]:2"));

  variables = {{"SHOAL_LISTEN", "127.0.0.1:3,127.0.0.1:4"}};
  EXPECT_THAT(parse({}).settled.values.listen, ElementsAre("127.0.0.1:3", "127.0.0.1:4"));
}

TEST_F(ParseOptions, AutoIsSaidAsAWord) {
  options code;
  code.workers = 4;
  EXPECT_EQ(parse({"--workers", "auto"}, code).settled.values.workers, 0U);
}

TEST_F(ParseOptions, NoWorkersAreRefused) {
  EXPECT_EQ(refusal({"--workers", "0"}), "--workers \"0\": must be a number, 1 or more, or auto");
}

TEST_F(ParseOptions, ARefusalNamesTheVariableItCameFrom) {
  variables = {{"SHOAL_WORKERS", "many"}};
  EXPECT_THAT(refusal({}), HasSubstr("SHOAL_WORKERS \"many\""));
}

TEST_F(ParseOptions, AnUnknownFlagIsAnsweredWithTheNearest) {
  EXPECT_THAT(refusal({"--worker", "2"}),
              HasSubstr("unknown flag --worker; did you mean --workers?"));
  EXPECT_THAT(refusal({"--wrokers=2"}), HasSubstr("did you mean --workers?"));
  EXPECT_EQ(refusal({"--certificate"}), "unknown flag --certificate (--help lists all)");
}

TEST_F(ParseOptions, AStrayArgumentIsRefused) {
  EXPECT_THAT(refusal({"8080"}), HasSubstr("unexpected argument \"8080\""));
  EXPECT_THAT(refusal({"--listen", "127.0.0.1:1", "127.0.0.1:2"}),
              HasSubstr("unexpected argument \"127.0.0.1:2\""));
}

TEST_F(ParseOptions, AFlagGivenTwiceIsRefused) {
  EXPECT_EQ(refusal({"--workers", "1", "--workers", "2"}), "--workers is given more than once");
}

TEST_F(ParseOptions, AFlagWithoutItsValueIsRefused) {
  EXPECT_THAT(refusal({"--workers"}), HasSubstr("--workers"));
}

TEST_F(ParseOptions, AnAddressThatDoesNotParseIsRefusedByName) {
  EXPECT_THAT(refusal({"--listen", "localhost:80"}), HasSubstr("--listen \"localhost:80\""));
  EXPECT_THAT(refusal({"--listen", ""}), HasSubstr("nothing to listen on"));
}

TEST_F(ParseOptions, HowAndWhoIsReadAndMustFit) {
  EXPECT_THAT(refusal({"--dispatch", "fair"}), HasSubstr("must be auto, ebpf, cbpf"));
  EXPECT_THAT(refusal({"--policy", "best"}), HasSubstr("must be auto, round-robin"));
  EXPECT_THAT(refusal({"--rebalance", "yes"}), HasSubstr("must be on or off"));
  EXPECT_THAT(refusal({"--rehome", "yes"}), HasSubstr("must be on or off"));
  EXPECT_THAT(refusal({"--topology-root", ""}), HasSubstr("must be a directory"));
  EXPECT_THAT(refusal({"--dispatch", "shared", "--policy", "sticky"}),
              HasSubstr("policy sticky is done by dispatch ebpf, handoff"));
}

TEST_F(ParseOptions, WhatTheProgramSetsIsCheckedToo) {
  options code;
  code.driver = "kqueue";
  EXPECT_EQ(refusal({}, code), "option driver \"kqueue\": must be auto, uring or epoll");
  code = {};
  code.listen = {};
  EXPECT_THAT(refusal({}, code), HasSubstr("nothing to listen on"));
  code = {};
  code.header_timeout = milliseconds(-1);
  EXPECT_THAT(refusal({}, code), HasSubstr("header-timeout"));
}

TEST_F(ParseOptions, HelpNamesEveryOptionWithItsDefault) {
  const auto parsed = parse({"--help"});
  ASSERT_EQ(parsed.what, next::show);
  for (const auto& spec : option_table()) {
    EXPECT_THAT(parsed.text, HasSubstr("--" + std::string(spec.name)));
    EXPECT_THAT(parsed.text, HasSubstr(spec.show(options{})));
  }
}

TEST_F(ParseOptions, TheVersionNamesProgramAndLibrary) {
  const auto parsed = parse({"--version"});
  ASSERT_EQ(parsed.what, next::show);
  EXPECT_THAT(parsed.text, testing::MatchesRegex("playground \\(shoal [0-9.]+\\)\n"));
}

TEST(OptionTable, WhatIsShownReadsBackAsTheSame) {
  const options defaults;
  for (const auto& spec : option_table()) {
    options copy;
    EXPECT_TRUE(spec.set(copy, spec.show(defaults)).ok()) << spec.name;
    EXPECT_EQ(spec.show(copy), spec.show(defaults));
  }
}

TEST(OptionTable, AVariableIsNamedAfterItsFlag) {
  EXPECT_EQ(environment_name("max-body"), "SHOAL_MAX_BODY");
}

}  // namespace
}  // namespace shoal::cluster
