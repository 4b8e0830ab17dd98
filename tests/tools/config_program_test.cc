// shoal check and shoal config, from outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.h"
#include "support/scratch_directory.h"

namespace shoal::tool {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ShoalCheck, SaysOkOrAllThatIsWrong) {
  const testing::scratch_directory place;
  const auto good = place.write("good.toml", "workers = 2\n");
  auto seen = run("check " + good);
  EXPECT_EQ(seen.exit_code, 0);
  EXPECT_EQ(seen.text, good + ": OK\n");
  const auto bad = place.write("bad.toml", "wokers = 2\nnodes = 0\n");
  seen = run("check " + bad);
  EXPECT_EQ(seen.exit_code, 1);
  EXPECT_EQ(seen.text, bad + ":1:1: unknown option \"wokers\"; did you mean workers?\n" + bad +
                           ":2:9: nodes \"0\": must be a number, 1 or more, or auto\n");
  const auto unfit = place.write("unfit.toml", "dispatch = \"shared\"\npolicy = \"sticky\"\n");
  seen = run("check " + unfit);
  EXPECT_EQ(seen.exit_code, 1);
  EXPECT_THAT(seen.text, HasSubstr("policy sticky is done by dispatch"));
}

TEST(ShoalCheck, LooksAtTheFileAlone) {
  const testing::scratch_directory place;
  EXPECT_EQ(run("check " + place.write("a.toml", ""), "SHOAL_WORKERS=many ").exit_code, 0);
}

TEST(ShoalCheck, WantsAFile) {
  const auto seen = run("check");
  EXPECT_EQ(seen.exit_code, 2);
  EXPECT_THAT(seen.text, HasSubstr("try: shoal check --help"));
  EXPECT_EQ(run("check /nonexistent/a.toml").exit_code, 1);
}

TEST(ShoalConfig, ShowsWhatIsSetAndByWhom) {
  const testing::scratch_directory place;
  const auto file = place.write("a.toml", "nodes = 1\nworkers = 1\n");
  const auto seen = run("config " + file, "SHOAL_WORKERS=3 ");
  EXPECT_EQ(seen.exit_code, 0);
  EXPECT_EQ(seen.text, "nodes = 1                                   # " + file + ":1:1\n" +
                           "workers = 3                                 # SHOAL_WORKERS\n");
  EXPECT_EQ(run("config", "SHOAL_WORKERS=3 SHOAL_CONFIG=" + file + " ").text, seen.text);
}

TEST(ShoalConfig, ShowsAllThatCountsOnRequest) {
  const testing::scratch_directory place;
  const auto file = place.write("a.toml", "nodes = 1\n");
  const auto text = run("config --effective " + file).text;
  EXPECT_THAT(text, HasSubstr("workers = \"auto\"                            # default\n"));
  const auto json = run("config --effective --json " + file).text;
  EXPECT_THAT(json, HasSubstr(R"({"name":"nodes","value":1,"source":"file","where":")" + file));
  EXPECT_THAT(run("config --json " + file).text, Not(HasSubstr("workers")));
}

TEST(ShoalConfig, TellsWhatADifferenceTakes) {
  const testing::scratch_directory place;
  const auto before = place.write("old.toml", "max-body = \"1KiB\"\n");
  const auto after = place.write("new.toml", "nodes = 2\nmax-body = \"2KiB\"\n");
  auto seen = run("config " + after + " --diff " + before);
  EXPECT_EQ(seen.exit_code, 0);
  EXPECT_EQ(seen.text, "nodes: auto -> 2 (new start)\nmax-body: 1KiB -> 2KiB (new processes)\n");
  EXPECT_THAT(run("config " + after + " --json --diff " + before).text,
              HasSubstr(R"({"takes":"new start","changes":[{"name":"nodes")"));
  EXPECT_EQ(run("config " + after + " --diff /nonexistent/old.toml").exit_code, 1);
}

TEST(ShoalConfig, TellsAllThatIsWrong) {
  const auto seen = run("config /nonexistent/a.toml", "SHOAL_WORKERS=many ");
  EXPECT_EQ(seen.exit_code, 1);
  EXPECT_EQ(seen.text,
            "cannot read /nonexistent/a.toml: No such file or directory\n"
            "SHOAL_WORKERS \"many\": must be a number, 1 or more, or auto\n");
}

}  // namespace
}  // namespace shoal::tool
