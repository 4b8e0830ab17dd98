#include <gtest/gtest.h>

#include <string>

#include "base/random.h"
#include "wire/floor.h"

namespace shoal::wire {
namespace {

unsigned count_at_once(const std::string& text) {
  blank_line_tail tail;
  return count_blank_lines(text, tail);
}

unsigned count_simply(const std::string& text) {
  unsigned count = 0;
  for (std::size_t at = text.find("\r\n\r\n"); at != std::string::npos;
       at = text.find("\r\n\r\n", at + 1)) {
    ++count;
  }
  return count;
}

TEST(BlankLines, OneRequestHasOne) {
  EXPECT_EQ(count_at_once("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 1U);
}

TEST(BlankLines, HalfARequestHasNone) { EXPECT_EQ(count_at_once("GET / HTTP/1.1\r\nHost: "), 0U); }

TEST(BlankLines, AreFoundWhereverThePieceIsCut) {
  std::string text;
  for (int i = 0; i < 5; ++i) text += "GET /plaintext HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    blank_line_tail tail;
    const unsigned first = count_blank_lines(std::span(text).first(cut), tail);
    EXPECT_EQ(first + count_blank_lines(std::span(text).subspan(cut), tail), 5U) << cut;
  }
}

TEST(BlankLines, AreFoundByteByByte) {
  blank_line_tail tail;
  unsigned count = 0;
  for (const char& c : std::string("A\r\n\r\nB\r\n\r\n")) count += count_blank_lines({&c, 1}, tail);
  EXPECT_EQ(count, 2U);
}

TEST(BlankLines, AgreeWithASimpleSearchOnRandomText) {
  random_source random(1);
  for (int round = 0; round < 2'000; ++round) {
    std::string text(random.below(300), 'x');
    for (char& c : text) c = "\r\n\r\nx"[random.below(5)];
    ASSERT_EQ(count_at_once(text), count_simply(text)) << round;
  }
}

}  // namespace
}  // namespace shoal::wire
