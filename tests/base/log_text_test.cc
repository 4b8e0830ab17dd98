#include "base/log_text.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::string_literals;

TEST(LogText, LeavesWhatIsOnOneLineAsItIs) {
  EXPECT_EQ(as_log_text("a \"b\" \\ c\td \xc3\xa9"), "a \"b\" \\ c\td \xc3\xa9");
  EXPECT_EQ(as_log_text(""), "");
}

TEST(LogText, LetsNothingPassForALineOfTheLog) {
  EXPECT_EQ(as_log_text("bad\n2026-11-24T09:46:54.123Z info [supervisor] all is well"),
            "bad\n  2026-11-24T09:46:54.123Z info [supervisor] all is well");
  EXPECT_EQ(as_log_text("a\n\nb"), "a\n  \n  b");
}

TEST(LogText, LeavesLinesThatAreIndented) {
  EXPECT_EQ(as_log_text("a stall\n  #0 f()\n  #1 g()\n"), "a stall\n  #0 f()\n  #1 g()");
}

TEST(LogText, SpeaksToNoTerminal) {
  EXPECT_EQ(as_log_text("\x1b[31mred\r\x7f\0"s), "\\x1b[31mred\\x0d\\x7f\\x00");
}

TEST(LogText, ContainsNoLineFeedsAlone) { EXPECT_EQ(as_log_text("\n\n"), ""); }

TEST(LogText, IsCut) {
  const auto text = as_log_text(std::string(1'000'000, 'x'));
  EXPECT_EQ(text, std::string(longest_log_line, 'x') + "...");
}

}  // namespace
}  // namespace shoal
