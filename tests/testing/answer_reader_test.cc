#include "testing/answer_reader.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace shoal::test {
namespace {

struct outcome {
  answer got;
  std::string rest;
  bool over = false;
};

/// Fed byte by byte, so that every place where bytes may end is one where they do.
outcome read(std::string_view bytes, bool to_head = false) {
  outcome out;
  answer_reader reader;
  bool has_head = false;
  for (const char c : bytes) {
    out.rest += c;
    if (!has_head) has_head = reader.read_head(out.rest, to_head, out.got);
    if (has_head) out.got.body += reader.read_body(out.rest, false);
  }
  if (has_head) out.got.body += reader.read_body(out.rest, true);
  out.over = has_head && reader.body_over();
  return out;
}

TEST(AnswerReader, ABodyByLength) {
  const auto out = read("HTTP/1.1 201 Created\r\nContent-Length: 5\r\nX-A: b c\r\n\r\nhelloHTTP");
  EXPECT_TRUE(out.over);
  EXPECT_EQ(out.got.status, 201);
  EXPECT_EQ(out.got.body, "hello");
  EXPECT_EQ(out.got.header("x-a"), "b c");
  EXPECT_EQ(out.got.header("x"), std::nullopt);
  EXPECT_EQ(out.rest, "HTTP");
}

TEST(AnswerReader, ABodyInChunks) {
  const auto out = read(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\nA;x=y\r\n, world!!!\r\n0\r\nTrailer: t\r\n\r\nrest");
  EXPECT_TRUE(out.over);
  EXPECT_EQ(out.got.body, "hello, world!!!");
  EXPECT_EQ(out.rest, "rest");
}

TEST(AnswerReader, ABodyToTheEnd) {
  const auto out = read("HTTP/1.0 200 OK\r\n\r\nall of it");
  EXPECT_TRUE(out.over);
  EXPECT_EQ(out.got.body, "all of it");
}

TEST(AnswerReader, WhatHasNoBody) {
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/", true).rest, "HTTP/");
  EXPECT_EQ(read("HTTP/1.1 204 No Content\r\n\r\nHTTP/").rest, "HTTP/");
  EXPECT_EQ(read("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nHTTP/").rest, "HTTP/");
  EXPECT_TRUE(read("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").over);
}

TEST(AnswerReader, InterimAnswersAreSkipped) {
  const auto out = read(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_EQ(out.got.status, 200);
  EXPECT_EQ(out.got.fields.size(), 1U);
  EXPECT_EQ(out.got.body, "ok");
}

TEST(AnswerReader, WhatIsCutOffIsNotOver) {
  EXPECT_FALSE(read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell").over);
  EXPECT_FALSE(
      read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n").over);
  EXPECT_FALSE(read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n").over);
}

TEST(AnswerReader, WhatIsNoHttpThrows) {
  for (const char* const bad :
       {"HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "hello\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno field\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n"}) {
    EXPECT_THROW(read(bad), std::runtime_error) << bad;
  }
}

TEST(AnswerReader, ARequestIsWrittenWithWhatItNeeds) {
  EXPECT_EQ(write_request("GET", "/x", {}, {}), "GET /x HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(write_request("POST", "/", {{"Host", "a"}}, {}),
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(write_request("DELETE", "/", {{"host", "a"}}, "b"),
            "DELETE / HTTP/1.1\r\nhost: a\r\nContent-Length: 1\r\n\r\nb");
  EXPECT_EQ(write_request("PUT", "/", {{"Transfer-Encoding", "chunked"}}, "0\r\n\r\n"),
            "PUT / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
}

}  // namespace
}  // namespace shoal::test
