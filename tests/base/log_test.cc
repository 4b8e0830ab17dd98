#include "base/log.h"

#include <gtest/gtest.h>

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
    set_log_name("shoal");
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

}  // namespace
}  // namespace shoal
