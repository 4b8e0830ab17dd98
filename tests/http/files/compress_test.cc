#include "shoal/http/compress.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <chrono>
#include <stdexcept>
#include <string>

#include "http/files/gzip_filter.h"
#include "http/site.h"
#include "shoal/coro/task.h"
#include "shoal/http/files.h"
#include "tree.h"

namespace shoal::http {
namespace {

/// What gunzip makes of it; "?" and what zlib says where it is no whole gzip.
std::string unpacked(std::string_view bytes) {
  z_stream s{};
  EXPECT_EQ(::inflateInit2(&s, MAX_WBITS + 16), Z_OK);
  s.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  s.avail_in = static_cast<uInt>(bytes.size());
  std::string text;
  int code = Z_OK;
  while (code == Z_OK) {
    char piece[4096];
    s.next_out = reinterpret_cast<Bytef*>(piece);
    s.avail_out = sizeof piece;
    code = ::inflate(&s, Z_NO_FLUSH);
    text.append(piece, sizeof piece - s.avail_out);
  }
  const bool whole = code == Z_STREAM_END && s.avail_in == 0;
  ::inflateEnd(&s);
  return whole ? text : "?" + std::to_string(code);
}

std::string unchunked(std::string_view bytes) {
  std::string body;
  for (;;) {
    const auto line = bytes.find("\r\n");
    if (line == std::string_view::npos) return "?";
    const auto size = std::strtoul(std::string(bytes.substr(0, line)).c_str(), nullptr, 16);
    if (size == 0) return body;
    body += bytes.substr(line + 2, size);
    bytes.remove_prefix(std::min(bytes.size(), line + 2 + size + 2));
  }
}

std::string long_text() {
  std::string text;
  for (int i = 0; text.size() < 100'000; ++i) text += "line " + std::to_string(i) + "\n";
  return text;
}

class Compress : public testing::Test {
 protected:
  Compress() {
    auto& routes = site_.routes;
    routes.get<"/text">([] { return response::text(long_text()); });
    routes.get<"/short">([] { return response::text(std::string(1023, 'x')); });
    routes.get<"/enough">([] { return response::text(std::string(1024, 'x')); });
    routes.get<"/bytes">([] { return response::bytes(long_text()); });
    routes.get<"/packed">(
        [] { return response::text(long_text()).header("Content-Encoding", "br"); });
    routes.get<"/fixed">(
        [] { return response::text(long_text()).header("Cache-Control", "public, No-Transform"); });
    routes.get<"/tagged">([] {
      return response::text(long_text()).header("ETag", "\"a\"").header("Vary", "Cookie");
    });
    routes.get<"/varies">([] {
      return response::text(long_text()).header("Vary", "Origin").header("Vary", "Cookie");
    });
    routes.get<"/stream">([] {
      return response::stream("text/plain", [](body_writer& out) -> task<void> {
        co_await out.write("some ");
        co_await out.write("text");
      });
    });
    routes.get<"/events">([] {
      return response::stream("text/event-stream", [](body_writer& out) -> task<void> {
        co_await out.write("data: x\n\n");
      });
    });
  }

  parsed_answer ask(const std::string& target, const std::string& accept = "gzip",
                    const std::string& method = "GET") {
    if (!site_.server) {
      site_.routes.after(compress(options_));
      site_.open();
    }
    auto& client =
        site_.send(method + " " + target + " HTTP/1.1\r\nHost: h\r\nAccept-Encoding: " + accept +
                   "\r\nConnection: close\r\n\r\n");
    site_.pass(std::chrono::milliseconds(10));
    return parsed_answer(client.received());
  }

  static std::string body_of(const parsed_answer& answer) {
    return answer.has("Transfer-Encoding: chunked") ? unchunked(answer.rest) : answer.rest;
  }
  static bool is_packed(const parsed_answer& answer) {
    return answer.has("Content-Encoding: gzip");
  }

  site site_;
  compress_options options_;
};

TEST_F(Compress, TextBecomesGzipForThoseWhoTakeIt) {
  const auto answer = ask("/text");
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(is_packed(answer));
  EXPECT_TRUE(answer.has("Vary: Accept-Encoding"));
  const auto body = body_of(answer);
  EXPECT_LT(body.size(), long_text().size() / 3);
  EXPECT_TRUE(unpacked(body) == long_text());
}

TEST_F(Compress, OthersGetItAsItIsAndVary) {
  for (const char* accept : {"", "br", "gzip;q=0", "identity, gzip;q=0.5"}) {
    const auto answer = ask("/text", accept);
    EXPECT_FALSE(is_packed(answer)) << accept;
    EXPECT_TRUE(answer.has("Vary: Accept-Encoding")) << accept;
    EXPECT_TRUE(answer.rest == long_text()) << accept;
  }
}

TEST_F(Compress, ShortBodiesAreLeftAlone) {
  EXPECT_FALSE(is_packed(ask("/short")));
  EXPECT_TRUE(is_packed(ask("/enough")));
  EXPECT_EQ(ask("/short").head.find("Vary"), std::string::npos);
}

TEST_F(Compress, WhatIsPackedOrFixedIsLeftAlone) {
  for (const char* target : {"/bytes", "/packed", "/fixed", "/none"}) {
    EXPECT_FALSE(is_packed(ask(target))) << target;
  }
}

TEST_F(Compress, AStreamIsFlushedAndEnds) {
  const auto answer = ask("/stream");
  EXPECT_TRUE(is_packed(answer));
  EXPECT_EQ(unpacked(body_of(answer)), "some text");
  EXPECT_FALSE(is_packed(ask("/events")));
}

TEST_F(Compress, HeadHasTheSameFields) {
  const auto answer = ask("/text", "gzip", "HEAD");
  EXPECT_TRUE(is_packed(answer));
  EXPECT_EQ(answer.rest, "");
}

TEST_F(Compress, AStrongTagBecomesWeakAndVaryGrows) {
  const auto packed = ask("/tagged");
  EXPECT_TRUE(packed.has("ETag: W/\"a\""));
  EXPECT_TRUE(packed.has("Vary: Cookie"));
  EXPECT_TRUE(packed.has("Vary: Accept-Encoding"));
  EXPECT_TRUE(ask("/tagged", "br").has("ETag: \"a\""));
}

/// Each line of a list counts (RFC 9110 5.3): what one of them loses, a cache tells to everybody.
TEST_F(Compress, NoVaryIsLostWhereThereAreSeveral) {
  const auto answer = ask("/varies");
  EXPECT_TRUE(is_packed(answer));
  for (const char* line : {"Vary: Origin", "Vary: Cookie", "Vary: Accept-Encoding"}) {
    EXPECT_TRUE(answer.has(line)) << line;
  }
}

TEST_F(Compress, TypesCanBeChosen) {
  options_.types = {"application/*"};
  EXPECT_FALSE(is_packed(ask("/text")));
  EXPECT_TRUE(is_packed(ask("/bytes")));
}

TEST_F(Compress, ErrorAnswersAreCompressedAsWell) {
  options_.min_bytes = 1;
  const auto answer = ask("/none");
  EXPECT_EQ(answer.status, 404);
  EXPECT_TRUE(is_packed(answer));
  EXPECT_EQ(unpacked(body_of(answer)), problem_body(status::not_found));
}

TEST_F(Compress, FilesAreCompressedButNotTheirParts) {
  tree tree;
  tree.write("a.txt", long_text());
  site_.routes.get<"/static/{path...}">(files(tree.root()));
  const auto whole = ask("/static/a.txt");
  EXPECT_TRUE(is_packed(whole));
  EXPECT_TRUE(whole.has("Accept-Ranges: none"));
  EXPECT_TRUE(unpacked(body_of(whole)) == long_text());
  const auto part = ask("/static/a.txt", "gzip\r\nRange: bytes=0-4999");
  EXPECT_EQ(part.status, 206);
  EXPECT_FALSE(is_packed(part));
  EXPECT_TRUE(part.rest == long_text().substr(0, 5000));
}

/// RFC 9110 15.3.7 and 15.4.5: the Vary of the 200. RFC 9111 4.3.4: the tag that the cache has.
TEST_F(Compress, PartsAndNotModifiedSpeakForTheWhole) {
  tree tree;
  tree.write("a.txt", long_text());
  tree.write("a.png", long_text());
  site_.routes.get<"/static/{path...}">(files(tree.root()));
  const auto whole = ask("/static/a.txt");
  const auto begin = whole.head.find("ETag: ") + 6;
  const auto weak = whole.head.substr(begin, whole.head.find("\r\n", begin) - begin);
  ASSERT_TRUE(weak.starts_with("W/")) << whole.head;

  const auto unchanged = ask("/static/a.txt", "gzip\r\nIf-None-Match: " + weak);
  EXPECT_EQ(unchanged.status, 304);
  EXPECT_TRUE(unchanged.has("Vary: Accept-Encoding"));
  EXPECT_TRUE(unchanged.has("ETag: " + weak)) << unchanged.head;
  const auto plain = ask("/static/a.txt", "br\r\nIf-None-Match: " + weak.substr(2));
  EXPECT_EQ(plain.status, 304);
  EXPECT_TRUE(plain.has("Vary: Accept-Encoding"));
  EXPECT_TRUE(plain.has("ETag: " + weak.substr(2))) << plain.head;

  for (const char* ranges : {"0-4999", "0-4,90000-90004"}) {
    const auto part = ask("/static/a.txt", std::string("gzip\r\nRange: bytes=") + ranges);
    EXPECT_EQ(part.status, 206);
    EXPECT_TRUE(part.has("Vary: Accept-Encoding")) << ranges;
  }
  EXPECT_FALSE(ask("/static/a.png", "gzip\r\nRange: bytes=0-4").has("Vary: Accept-Encoding"));
}

TEST(CompressSetup, RefusesALevelThatIsNone) {
  EXPECT_THROW((void)compress({.level = 0}), std::invalid_argument);
  EXPECT_THROW((void)compress({.level = 10}), std::invalid_argument);
}

TEST(GzipFilter, WhatGoesInComesOutWithTheSameCall) {
  worker on({});
  gzip_filter filter(on, 5);
  std::string out;
  filter.transform("hello", false, out);
  z_stream s{};
  ASSERT_EQ(::inflateInit2(&s, MAX_WBITS + 16), Z_OK);
  char text[16];
  s.next_in = reinterpret_cast<Bytef*>(out.data());
  s.avail_in = static_cast<uInt>(out.size());
  s.next_out = reinterpret_cast<Bytef*>(text);
  s.avail_out = sizeof text;
  EXPECT_EQ(::inflate(&s, Z_SYNC_FLUSH), Z_OK);
  EXPECT_EQ(std::string_view(text, sizeof text - s.avail_out), "hello");
  ::inflateEnd(&s);
}

TEST(GzipFilter, AnyPiecesMakeTheSameText) {
  worker on({});
  const std::string text = long_text();
  for (const std::size_t piece : {1UL, 7UL, 1000UL, 65536UL, 1UL << 20}) {
    std::string out;
    gzip_filter filter(on, 1);
    const auto most = piece == 1 ? std::size_t{2000} : text.size();
    for (std::size_t at = 0; at < most; at += piece) {
      filter.transform(std::string_view(text).substr(at, std::min(piece, most - at)), false, out);
      filter.transform({}, false, out);
    }
    filter.transform({}, true, out);
    EXPECT_TRUE(unpacked(out) == text.substr(0, most)) << piece;
  }
}

TEST(GzipFilter, AnEmptyBodyIsAnEmptyGzip) {
  worker on({});
  std::string out;
  gzip_filter(on, 5).transform({}, true, out);
  EXPECT_EQ(unpacked(out), "");
}

TEST(DeflatePool, UsedOnesBeginAnewAtAnyLevel) {
  worker on({});
  for (const int level : {1, 9, 5, 1}) {
    std::string out;
    {
      gzip_filter half(on, level);
      half.transform("half a ", false, out);
      out.clear();
    }
    gzip_filter filter(on, level);
    filter.transform(long_text(), true, out);
    EXPECT_TRUE(unpacked(out) == long_text()) << level;
  }
  EXPECT_EQ(on.local<deflate_pool>().at_rest(), 1U);
}

TEST(DeflatePool, KeepsAFew) {
  deflate_pool pool;
  std::vector<deflate_pool::stream> taken;
  for (int i = 0; i < 20; ++i) taken.push_back(pool.take(5));
  for (auto& s : taken) pool.give_back(std::move(s));
  EXPECT_EQ(pool.at_rest(), deflate_pool::most_at_rest);
}

}  // namespace
}  // namespace shoal::http
