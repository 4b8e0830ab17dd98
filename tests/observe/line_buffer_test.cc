#include "observe/line_buffer.h"

#include <gtest/gtest.h>

#include <string>

namespace shoal::observe {
namespace {

std::string shown(std::string_view text, escape form, std::size_t limit = 1000) {
  line_buffer line;
  field_pen(line, form, limit).put(text);
  return std::string(line.view());
}

TEST(LineBuffer, WhatIsOursGoesInAsItIs) {
  line_buffer line;
  line.put('a');
  line.put("bc \"d\" ");
  line.put_number(18'446'744'073'709'551'615U);
  EXPECT_EQ(line.view(), "abc \"d\" 18446744073709551615");
  line.clear();
  EXPECT_EQ(line.view(), "");
}

TEST(LineBuffer, NoByteOfAFieldLeavesPrintableAscii) {
  for (const auto form : {escape::hex, escape::json}) {
    for (int c = 0; c < 256; ++c) {
      const auto text = shown(std::string(1, static_cast<char>(c)), form);
      for (const char out : text) {
        EXPECT_TRUE(out >= 0x20 && out < 0x7f) << c;
      }
      const bool plain = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
      EXPECT_EQ(text.size(), plain ? 1U : form == escape::hex ? 4U : 6U) << c;
    }
  }
}

TEST(LineBuffer, EscapesNameTheByte) {
  EXPECT_EQ(shown("a\n\"\\\x1b\x7f\xe9", escape::hex), R"(a\x0a\x22\x5c\x1b\x7f\xe9)");
  EXPECT_EQ(shown("a\n\"\\\x1b\x7f\xe9", escape::json), R"(a\u000a\u0022\u005c\u001b\u007f\u00e9)");
}

TEST(LineBuffer, AFieldIsCutAtItsLimitAndSaysSo) {
  EXPECT_EQ(shown("12345", escape::hex, 5), "12345");
  EXPECT_EQ(shown("123456", escape::hex, 5), "12345...");
  EXPECT_EQ(shown("12\n", escape::hex, 6), "12\\x0a");
  EXPECT_EQ(shown("123\n", escape::hex, 6), "123...");  // no half escape
}

TEST(LineBuffer, AFieldInPiecesHasOneLimit) {
  line_buffer line;
  {
    field_pen pen(line, escape::hex, 5);
    pen.put("123");
    pen.put("456");
    pen.put("7");
  }
  EXPECT_EQ(line.view(), "12345...");
}

TEST(LineBuffer, NothingIsWrittenBeyondTheEnd) {
  line_buffer line;
  line.put(std::string(max_line_bytes - 2, 'x'));
  field_pen(line, escape::json, 100).put("\n\n");
  line.put("abc");
  line.put('d');
  EXPECT_EQ(line.view().size(), max_line_bytes);
}

}  // namespace
}  // namespace shoal::observe
