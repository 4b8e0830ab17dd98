#include "base/log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace shoal {
namespace {

std::vector<std::pair<log_level, std::string>> lines;

class Log : public ::testing::Test {
 protected:
  void SetUp() override {
    lines.clear();
    set_log_sink([](log_level level, std::string_view line) { lines.emplace_back(level, line); });
  }
  void TearDown() override {
    set_log_sink(nullptr);
    set_log_level(log_level::info);
    set_log_format(log_format::text);
    set_log_name("shoal");
  }

  /// What `say` writes to stderr, without times.
  template <typename Saying>
  static std::string stderr_of(Saying say) {
    set_log_sink(nullptr);
    ::testing::internal::CaptureStderr();
    say();
    std::string out;
    std::istringstream all(::testing::internal::GetCapturedStderr());
    for (std::string line; std::getline(all, line);) out += line.substr(line.find('Z') + 1) + "\n";
    return out;
  }
};

TEST_F(Log, DropsWhatLiesBelowItsLevel) {
  log_debug("a");
  log_info("b");
  set_log_level(log_level::error);
  log_warning("c");
  log_error("d");
  using line = std::pair<log_level, std::string>;
  EXPECT_EQ(lines, (std::vector{line(log_level::info, "b"), line(log_level::error, "d")}));
}

TEST_F(Log, SaysNothingWhenOff) {
  set_log_level(log_level::off);
  log_error("a");
  log(log_level::off, "b");
  EXPECT_TRUE(lines.empty());
}

TEST_F(Log, WritesOneLineWithTimeLevelAndSpeaker) {
  set_log_sink(nullptr);
  set_log_name("node 0");
  ::testing::internal::CaptureStderr();
  log_warning("careful");
  const std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(text.size(), std::string("2026-11-24T09:46:54.123Z warning [node 0] careful\n").size());
  EXPECT_EQ(text.substr(23), "Z warning [node 0] careful\n");
}

TEST_F(Log, CutsALongSpeakersName) {
  set_log_sink(nullptr);
  set_log_name(std::string(100, 'x'));
  ::testing::internal::CaptureStderr();
  log_info("a");
  EXPECT_NE(::testing::internal::GetCapturedStderr().find("[" + std::string(31, 'x') + "] a"),
            std::string::npos);
}

TEST_F(Log, SumsUpWhatRepeatsAtTheEnd) {
  const auto all = stderr_of([] {
    for (int i = 0; i < 15; ++i) log_error("again");
    EXPECT_NE(next_log_sum(), never);
    log_error("new");
    log_all_sums();
    EXPECT_EQ(next_log_sum(), never);
    log_all_sums();
  });
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 12) << all;
  EXPECT_NE(all.find(" error [shoal] new\n error [shoal] again (repeated 5 times in "),
            std::string::npos)
      << all;
}

TEST_F(Log, SumsUpWhatIsTheSameButForItsNumbers) {
  const auto all = stderr_of([] {
    for (int i = 0; i < 12; ++i) {
      log(log_level::error, "request " + std::to_string(i) + " fails", "fails");
    }
    log_all_sums();
  });
  EXPECT_NE(all.find("request 9 fails\n error [shoal] request 11 fails (repeated 2 times in "),
            std::string::npos)
      << all;
}

TEST_F(Log, HoldsNothingOfAnothersBack) {
  const auto all = stderr_of([] {
    for (int i = 0; i < 15; ++i) log_info("again");
    set_log_name("node 0");  // as a child does
    log_info("again");
    log_all_sums();
  });
  EXPECT_TRUE(all.ends_with(" info [node 0] again\n")) << all;
  EXPECT_EQ(all.find("repeated"), std::string::npos);
}

TEST_F(Log, IsAnObjectOnEachLineInJson) {
  set_log_format(log_format::json);
  set_log_name("node \"0\"");
  const auto all = stderr_of([] { log_warning("a\n\"b\" \xff"); });
  EXPECT_EQ(all, "\",\"level\":\"warning\",\"source\":\"node \\\"0\\\"\",\"pid\":" +
                     std::to_string(::getpid()) + ",\"message\":\"a\\n\\\"b\\\" \xef\xbf\xbd\"}\n");
}

TEST_F(Log, TellsEventsToMachinesAlone) {
  const auto event = [] {
    for (int i = 0; i < 12; ++i) log_event("stop", R"({"event":"stop"})");
  };
  EXPECT_EQ(stderr_of(event), "");
  set_log_format(log_format::json);
  const auto all = stderr_of(event);
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 12) << "none is held back";
  EXPECT_NE(all.find(R"("message":"stop","event":{"event":"stop"}})"), std::string::npos) << all;
  set_log_level(log_level::warning);
  EXPECT_EQ(stderr_of(event), "");
}

TEST(ParseLogLevel, KnowsTheFiveNames) {
  log_level level{};
  EXPECT_TRUE(parse_log_level("debug", level));
  EXPECT_EQ(level, log_level::debug);
  EXPECT_TRUE(parse_log_level("off", level));
  EXPECT_EQ(level, log_level::off);
  EXPECT_FALSE(parse_log_level("Debug", level));
  EXPECT_FALSE(parse_log_level("", level));
  EXPECT_EQ(level, log_level::off);
}

TEST(ParseLogFormat, KnowsTheTwoNames) {
  log_format format{};
  EXPECT_TRUE(parse_log_format("json", format));
  EXPECT_EQ(format, log_format::json);
  EXPECT_TRUE(parse_log_format("text", format));
  EXPECT_EQ(format, log_format::text);
  EXPECT_FALSE(parse_log_format("xml", format));
  EXPECT_EQ(format, log_format::text);
}

}  // namespace
}  // namespace shoal
