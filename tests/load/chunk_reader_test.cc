#include "load/chunk_reader.h"

#include <gtest/gtest.h>

#include <string>

namespace shoal::load {
namespace {

/// The data, or "wrong", or what there was with "..." behind it.
std::string read(std::string_view text) {
  chunk_reader chunks;
  std::string data;
  while (!text.empty() && !chunks.ended() && !chunks.wrong()) data += chunks.next(text);
  if (chunks.wrong()) return "wrong";
  if (!chunks.ended()) return data + "...";
  return text.empty() ? data : data + "|" + std::string(text);
}

TEST(ChunkReader, TakesTheCodingOff) {
  EXPECT_EQ(read("5\r\nhello\r\n0\r\n\r\n"), "hello");
  EXPECT_EQ(read("3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\nHTTP/1.1"), "hello|HTTP/1.1");
  EXPECT_EQ(read("0000a\r\n0123456789\r\n000\r\n\r\n"), "0123456789");
  EXPECT_EQ(read("A\r\n0123456789\r\n0\r\n\r\n"), "0123456789");
}

TEST(ChunkReader, PassesOverExtensionsAndTrailers) {
  EXPECT_EQ(read("5;a=\"b\"\r\nhello\r\n0;last\r\nTrailer: x\r\nOther: y\r\n\r\n"), "hello");
  EXPECT_EQ(read("5 \r\nhello\r\n0\r\n\r\n"), "hello");
}

TEST(ChunkReader, WaitsForTheRest) {
  const std::string text = "5;x\r\nhello\r\n0\r\nT: v\r\n\r\n";
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    EXPECT_TRUE(read(std::string_view(text).substr(0, cut)).ends_with("...")) << cut;
  }
}

TEST(ChunkReader, RefusesWhatIsNotChunked) {
  for (const char* text :
       {"hello", "\r\n", "5hello", "5\nhello\r\n", "5\r\nhelloX\r\n", "5\r\nhello\rX",
        "5\r\nhello\n0\r\n\r\n", "-5\r\nhello\r\n", "5\rXhello", "0\r\n\rX", "0\r\nT: v\rX",
        "1000000000000000\r\n", "0x5\r\nhello\r\n"}) {
    EXPECT_EQ(read(text), "wrong") << text;
  }
}

TEST(ChunkReader, BoundsWhatIsNoData) {
  EXPECT_EQ(read("5;" + std::string(chunk_reader::most_overhead + 1, 'x')), "wrong");
  EXPECT_EQ(read("0\r\nT: " + std::string(chunk_reader::most_overhead, 'x')), "wrong");
}

}  // namespace
}  // namespace shoal::load
