#include "cluster/options/toml_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace shoal::cluster {
namespace {

using ::testing::HasSubstr;
using type = toml_value::type;

TEST(TomlText, KeysComeInTheOrderOfTheTextWithTheirPlaces) {
  const auto read = read_toml("# first\nworkers = 2\n  listen = [\"a\", 'b']\n");
  ASSERT_TRUE(read.problems.empty()) << read.problems[0].text;
  ASSERT_EQ(read.entries.size(), 2U);
  const auto& [workers, listen] = std::tie(read.entries[0], read.entries[1]);
  EXPECT_EQ(workers.key, "workers");
  EXPECT_EQ(workers.at.line, 2U);
  EXPECT_EQ(workers.at.column, 1U);
  EXPECT_EQ(workers.value.at.column, 11U);
  EXPECT_EQ(listen.key, "listen");
  EXPECT_EQ(listen.at.column, 3U);
  ASSERT_EQ(listen.value.items.size(), 2U);
  EXPECT_EQ(listen.value.items[1].text, "b");
  EXPECT_EQ(listen.value.items[1].at.column, 18U);
}

TEST(TomlText, EveryTypeHasAWord) {
  struct one {
    const char* text;
    type what;
    const char* word;
    const char* value;
  };
  for (const auto& [text, what, word, value] :
       {one{"\"x\"", type::text, "a text", "x"}, one{"-0x0f", type::other, "", ""},
        one{"1_000", type::number, "a number", "1000"}, one{"0x10", type::number, "a number", "16"},
        one{"-7", type::number, "a number", "-7"},
        one{"true", type::truth, "true or false", "true"},
        one{"1.5", type::other, "a number with a fraction", ""},
        one{"2026-01-01", type::other, "a date or time", ""},
        one{"[]", type::list, "a list", ""}}) {
    const auto read = read_toml(std::string("k = ") + text);
    if (*word == '\0') {
      EXPECT_FALSE(read.problems.empty()) << text;
      continue;
    }
    ASSERT_EQ(read.entries.size(), 1U) << text;
    EXPECT_EQ(read.entries[0].value.what, what) << text;
    EXPECT_EQ(read.entries[0].value.word, word);
    EXPECT_EQ(read.entries[0].value.text, value);
  }
}

TEST(TomlText, WhatIsNoTomlIsToldWithItsPlaceAndTheLinesAboveAreRead) {
  const auto read = read_toml("a = 1\nb = = 2\nc = 3\n");
  ASSERT_EQ(read.problems.size(), 1U);
  EXPECT_EQ(read.problems[0].at.line, 2U);
  EXPECT_EQ(read.problems[0].at.column, 5U);
  ASSERT_EQ(read.entries.size(), 1U);
  EXPECT_EQ(read.entries[0].key, "a");
}

TEST(TomlText, AProblemIsOneLine) {
  const auto read = read_toml("a = n\nb = 1\n");
  ASSERT_EQ(read.problems.size(), 1U);
  EXPECT_EQ(read.problems[0].text.find('\n'), std::string::npos);
}

TEST(TomlText, AKeyThatStandsTwiceIsAProblem) {
  const auto read = read_toml("workers = 1\nworkers = 2\n");
  ASSERT_EQ(read.problems.size(), 1U);
  EXPECT_EQ(read.problems[0].at.line, 2U);
  EXPECT_THAT(read.problems[0].text, HasSubstr("cannot redefine existing integer 'workers'"));
}

TEST(TomlText, WhatIsNotUtf8IsAProblem) {
  const auto read = read_toml("a = 1\nb = \"\xff\"\n");
  ASSERT_EQ(read.problems.size(), 1U);
  EXPECT_EQ(read.problems[0].at.line, 2U);
  EXPECT_THAT(read.problems[0].text, HasSubstr("utf-8"));
}

TEST(TomlText, ALineHasALimit) {
  const auto line = "a = \"" + std::string(longest_toml_line - 6, 'x') + "\"";
  EXPECT_TRUE(read_toml("\n" + line + "\n").problems.empty());
  const auto read = read_toml("b = 1\n" + line + " \nc = 1");
  ASSERT_EQ(read.problems.size(), 1U);
  EXPECT_EQ(read.problems[0].at.line, 2U);
  EXPECT_EQ(read.problems[0].text, "a line of more than 1024 bytes");
  EXPECT_EQ(read.entries.size(), 2U);
}

TEST(TomlText, TablesAreTakenOutAndTheRestIsRead) {
  const auto read = read_toml("a = 1\n  [b]\nc = 2\n[[[\nd = [\n[1]\n]");
  ASSERT_EQ(read.problems.size(), 3U);
  EXPECT_EQ(read.problems[0].at.line, 2U);
  EXPECT_EQ(read.problems[1].at.line, 4U);
  EXPECT_EQ(read.problems[2].at.line, 6U);
  ASSERT_EQ(read.entries.size(), 3U);
  EXPECT_EQ(read.entries[1].key, "c");
  EXPECT_EQ(read.entries[1].at.line, 3U);
  EXPECT_EQ(read.entries[2].at.line, 5U);
}

TEST(TomlText, WhatALibraryTakesForGrantedIsNotShownToIt) {
  const auto problems = [](std::string_view text) {
    std::string all;
    for (const auto& one : read_toml(text).problems) all += one.text + "|";
    return all;
  };
  const std::string letter = "a letter that needs quotes around it|";
  const std::string lines = "a text of several lines; no option has one|";
  EXPECT_EQ(problems("\xc3\xa4 = 1"), letter);
  EXPECT_EQ(problems("a = \"\\\"\xc3\xa4\" \xc3\xa4"), letter);
  EXPECT_EQ(problems("a = '\\' \xc3\xa4"), letter);
  EXPECT_EQ(problems("a = [\v]"), letter);
  EXPECT_EQ(problems("a = [ }"), "{ and } make a table; options have none|");
  EXPECT_EQ(problems("a = \"{\" # }"), "");
  EXPECT_EQ(problems("a = 2\"\xc3\xa4\""), letter);
  EXPECT_EQ(problems("\"\xc3\xa4\" = '\xc3\xa4' # \xc3\xa4"), "");
  EXPECT_EQ(problems("a = \"\" # \"\"\""), "");
  EXPECT_EQ(problems("a = \"\"\"\nb\"\"\""), lines + lines);
}

// A tree is taken down by recursion: each level takes stack.
TEST(TomlText, TheDeepestTreesThatLinesCanMakeAreTakenDown) {
  std::string key = "a";
  while (key.size() + 6 < longest_toml_line) key += ".a";
  EXPECT_TRUE(read_toml(key + " = 1").problems.empty());
  EXPECT_EQ(read_toml("a = " + std::string(900, '[')).problems.size(), 1U);
  EXPECT_EQ(read_toml(std::string(900, '[')).problems.size(), 1U);
}

TEST(TomlText, NothingIsAFileToo) {
  EXPECT_TRUE(read_toml("").problems.empty());
  EXPECT_TRUE(read_toml("\xef\xbb\xbf# a mark of the byte order\n").problems.empty());
  EXPECT_EQ(read_toml(std::string_view("\0", 1)).problems.size(), 1U);
}

}  // namespace
}  // namespace shoal::cluster
