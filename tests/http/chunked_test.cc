#include "http/chunked.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::http {
namespace {

using namespace std::literals;
using status = chunked_decoder::status;

struct outcome {
  status what = status::need_more;
  std::string data;
  std::size_t consumed = 0;
  bool operator==(const outcome&) const = default;
};

void PrintTo(const outcome& o, std::ostream* out) {
  *out << "status " << static_cast<int>(o.what) << ", " << o.consumed << " bytes, data "
       << testing::PrintToString(o.data);
}

/// Feeds one piece, in a block of exactly its size. False when the body is over.
bool feed(chunked_decoder& decoder, std::string_view piece, outcome& so_far) {
  const std::unique_ptr<char[]> block(new char[piece.size()]);
  if (!piece.empty()) std::memcpy(block.get(), piece.data(), piece.size());
  std::string_view rest(block.get(), piece.size());
  for (;;) {
    const auto step = decoder.next(rest);
    so_far.what = step.what;
    so_far.consumed += step.consumed;
    so_far.data += step.data;
    EXPECT_LE(step.consumed, rest.size());
    EXPECT_EQ(step.what == status::data, !step.data.empty());
    rest.remove_prefix(step.consumed);
    if (step.what == status::done || step.what == status::invalid) return false;
    if (step.what == status::need_more) {
      EXPECT_TRUE(rest.empty());
      return true;
    }
  }
}

outcome decode(std::string_view bytes, const std::vector<std::size_t>& cuts = {},
               const chunked_limits& limits = {}) {
  chunked_decoder decoder(limits);
  outcome result;
  std::size_t from = 0;
  for (const std::size_t cut : cuts) {
    if (!feed(decoder, bytes.substr(from, cut - from), result)) return result;
    from = cut;
  }
  feed(decoder, bytes.substr(from), result);
  return result;
}

struct body_case {
  const char* rule;
  std::string bytes;
  status what;
  std::string data;
};

body_case good(const char* rule, std::string bytes, std::string data) {
  return {rule, std::move(bytes), status::done, std::move(data)};
}
body_case bad(const char* rule, std::string bytes, std::string data = {}) {
  return {rule, std::move(bytes), status::invalid, std::move(data)};
}

std::vector<body_case> size_cases() {
  return {
      good("7.1", "0\r\n\r\n", ""),
      good("7.1", "000\r\n\r\n", ""),
      good("7.1", "5\r\nhello\r\n0\r\n\r\n", "hello"),
      good("7.1", "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", "abc"),
      good("7.1", "a\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
      good("7.1", "A\r\n0123456789\r\n00\r\n\r\n", "0123456789"),
      good("7.1", "00000000000000a\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
      good("7.1", "4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n"),
      good("7.1", "3\r\n0\r\n\r\n0\r\n\r\n", "0\r\n"),
      bad("7.1", "0000000000000000a\r\n"),
      bad("7.1", "1234567890abcdef\r\n"),
      bad("7.1", "ffffffffffffffffff\r\n"),
      bad("7.1", "\r\n\r\n"),
      bad("7.1", ";a\r\n\r\n"),
      bad("7.1", "g\r\n"),
      bad("7.1", "0x5\r\nhello\r\n"),
      bad("7.1", "+5\r\nhello\r\n"),
      bad("7.1", "-5\r\nhello\r\n"),
      bad("7.1", " 5\r\nhello\r\n"),
      bad("7.1", "5 \r\nhello\r\n"),
      bad("7.1", "5\t\r\nhello\r\n"),
      bad("7.1", "123x\r\n"),
      bad("7.1", "5,5\r\n"),
      bad("7.1", "5\0\r\nhello\r\n"s),
      bad("2.2", "5\nhello\r\n0\r\n\r\n"),
      bad("2.2", "5\rhello\r\n0\r\n\r\n"),
      bad("2.2", "5\r\rhello\r\n0\r\n\r\n"),
      bad("7.1", "5\r\nhello0\r\n\r\n", "hello"),
      bad("7.1", "5\r\nhello!\r\n0\r\n\r\n", "hello"),
      bad("2.2", "5\r\nhello\n0\r\n\r\n", "hello"),
      bad("2.2", "5\r\nhello\r0\r\n\r\n", "hello"),
      bad("7.1", "5\r\nhello\r\n\r\n", "hello"),
      bad("7.1", "0\r\n\n"),
      bad("7.1", "0\r\n\rX"),
      bad("7.1", "0\n\n"),
      bad("7.1", "0\r\n\r\r\n"),
  };
}

std::vector<body_case> extension_cases() {
  return {
      good("7.1.1", "5;a\r\nhello\r\n0\r\n\r\n", "hello"),
      good("7.1.1", "5;a=b;c=\"d e\"\r\nhello\r\n0;x\r\n\r\n", "hello"),
      bad("7.1.1", "5;\r\nhello\r\n0\r\n\r\n"),
      good("7.1.1", "5; \ta = b\r\nhello\r\n0\r\n\r\n", "hello"),
      good("7.1.1", "5;a=\"\xc3\xa9\"\r\nhello\r\n0\r\n\r\n", "hello"),
      bad("7.1.1", "5 ;a\r\nhello\r\n0\r\n\r\n"),
      bad("7.1.1", "5;a\nhello\r\n0\r\n\r\n"),
      bad("7.1.1", "5;\nxx\r\n0\r\n\r\n"),
      bad("7.1.1", "5;a\rb\r\nhello\r\n0\r\n\r\n"),
      bad("7.1.1", "5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n"),
      bad("7.1.1", "5;a\0b\r\nhello\r\n0\r\n\r\n"s),
      bad("7.1.1", "5;a\x7f\r\nhello\r\n0\r\n\r\n"),
      bad("7.1.1", "5;a\x1b\r\nhello\r\n0\r\n\r\n"),
      bad("7.1.1", "0;a\n\r\n"),
      bad("7.1.1", "5;a\r\rhello\r\n"),
  };
}

std::vector<body_case> trailer_cases() {
  return {
      good("7.1.2", "0\r\nX: y\r\n\r\n", ""),
      good("7.1.2", "5\r\nhello\r\n0\r\nX: y\r\nZ:\r\n\r\n", "hello"),
      good("7.1.2", "0\r\nX: \t a\xc3\xa9 \r\n\r\n", ""),
      good("6.5.1", "0\r\nContent-Length: 5\r\nHost: b\r\n\r\n", ""),
      bad("7.1.2", "0\r\nX\r\n\r\n"),
      bad("7.1.2", "0\r\n: y\r\n\r\n"),
      bad("5.1", "0\r\nX : y\r\n\r\n"),
      bad("5.1", "0\r\nX@: y\r\n\r\n"),
      bad("5.2", "0\r\nX: y\r\n z\r\n\r\n"),
      bad("5.2", "0\r\n X: y\r\n\r\n"),
      bad("2.2", "0\r\nX: y\n\r\n"),
      bad("2.2", "0\r\nX: y\rz\r\n\r\n"),
      bad("2.2", "0\r\nX: y\r\n\n"),
      bad("5.5", "0\r\nX: \0\r\n\r\n"s),
      bad("5.5", "0\r\nX: \x7f\r\n\r\n"),
      bad("none", "0\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
  };
}

std::vector<body_case> body_cases() {
  std::vector<body_case> all = size_cases();
  for (const auto& part : {extension_cases(), trailer_cases()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

std::string label(const body_case& c) {
  return "rule " + std::string(c.rule) + ": " + testing::PrintToString(c.bytes);
}

TEST(Chunked, DecodesEachCaseOfTheTable) {
  for (const auto& c : body_cases()) {
    const outcome got = decode(c.bytes);
    EXPECT_EQ(got.what, c.what) << label(c);
    EXPECT_EQ(got.data, c.data) << label(c);
    if (c.what == status::done) {
      EXPECT_EQ(got.consumed, c.bytes.size()) << label(c);
    }
  }
}

TEST(Chunked, DecodesTheSameCutOnceOrTwiceAnywhere) {
  for (const auto& c : body_cases()) {
    const outcome whole = decode(c.bytes);
    for (std::size_t first = 0; first <= c.bytes.size(); ++first)
      for (std::size_t second = first; second <= c.bytes.size(); ++second)
        ASSERT_EQ(decode(c.bytes, {first, second}), whole)
            << "cut at " << first << " and " << second << ", " << label(c);
  }
}

TEST(Chunked, DecodesTheSameByteByByte) {
  for (const auto& c : body_cases()) {
    std::vector<std::size_t> cuts;
    for (std::size_t i = 0; i < c.bytes.size(); ++i) cuts.push_back(i);
    EXPECT_EQ(decode(c.bytes, cuts), decode(c.bytes)) << label(c);
  }
}

TEST(Chunked, IsNeverDoneTooEarly) {
  for (const auto& c : body_cases()) {
    const outcome whole = decode(c.bytes);
    for (std::size_t size = 0; size < c.bytes.size(); ++size) {
      const outcome part = decode(std::string_view(c.bytes).substr(0, size));
      EXPECT_NE(part.what, status::done) << size << " bytes of " << label(c);
      if (part.what == status::invalid) {
        EXPECT_EQ(whole.what, status::invalid) << label(c);
      }
    }
  }
}

TEST(Chunked, LeavesWhatFollowsTheBody) {
  const std::string body = "5\r\nhello\r\n0\r\nX: y\r\n\r\n";
  const outcome got = decode(body + "GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(got.what, status::done);
  EXPECT_EQ(got.consumed, body.size());
}

TEST(Chunked, StaysDoneAndStaysInvalid) {
  chunked_decoder over;
  EXPECT_EQ(over.next(last_chunk).what, status::done);
  EXPECT_EQ(over.next("5\r\n").what, status::done);
  EXPECT_EQ(over.next("5\r\n").consumed, 0U);
  chunked_decoder broken;
  EXPECT_EQ(broken.next("x").what, status::invalid);
  EXPECT_EQ(broken.next("0\r\n\r\n").what, status::invalid);
}

TEST(Chunked, DoesNotOverflowAtTheLargestSize) {
  chunked_decoder decoder;
  EXPECT_EQ(decoder.next("fffffffffffffff\r\n").what, status::need_more);
  EXPECT_EQ(decoder.next("abc").data, "abc");
}

TEST(Chunked, TakesALineOfTheLimitAndNoLonger) {
  const chunked_limits limits{.line_bytes = 10};
  for (std::size_t size = 6; size < 14; ++size) {
    const std::string line = "1;" + std::string(size - 4, 'x') + "\r\n";
    const outcome got = decode(line + "a\r\n0\r\n\r\n", {}, limits);
    EXPECT_EQ(got.what, size <= 10 ? status::done : status::invalid) << size;
  }
}

TEST(Chunked, CountsTheExtensionsOfAllChunks) {
  const chunked_limits limits{.extension_bytes = 10};
  for (std::size_t size = 6; size < 14; ++size) {
    const std::string bytes = "1;" + std::string(size - 3, 'x') + "\r\na\r\n0;x\r\n\r\n";
    const outcome got = decode(bytes, {}, limits);
    EXPECT_EQ(got.what, size <= 10 ? status::done : status::invalid) << size;
  }
}

TEST(Chunked, TakesTrailersOfTheLimitAndNoMore) {
  const chunked_limits limits{.trailer_bytes = 20};
  for (std::size_t size = 16; size < 24; ++size) {
    const std::string bytes = "0\r\nA:b\r\nX:" + std::string(size - 9, 'y') + "\r\n\r\n";
    const outcome got = decode(bytes, {}, limits);
    EXPECT_EQ(got.what, size <= 20 ? status::done : status::invalid) << size;
  }
}

TEST(Chunked, WritesHeadsThatItReads) {
  EXPECT_EQ(chunk_head(1).text(), "1\r\n");
  EXPECT_EQ(chunk_head(15).text(), "f\r\n");
  EXPECT_EQ(chunk_head(16).text(), "10\r\n");
  EXPECT_EQ(chunk_head(0x1f4).text(), "1f4\r\n");
  EXPECT_EQ(chunk_head(~std::uint64_t{0}).text(), "ffffffffffffffff\r\n");
  std::string bytes;
  std::string data;
  for (std::size_t size = 1; size < 300; size = size * 3 / 2 + 1) {
    const std::string piece(size, static_cast<char>('a' + size % 26));
    bytes += std::string(chunk_head(size).text()) + piece + "\r\n";
    data += piece;
  }
  const outcome got = decode(bytes + std::string(last_chunk));
  EXPECT_EQ(got.what, status::done);
  EXPECT_EQ(got.data, data);
}

}  // namespace
}  // namespace shoal::http
