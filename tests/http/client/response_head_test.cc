#include "http/client/response_head.h"

#include <gtest/gtest.h>

#include <string>

namespace shoal::http {
namespace {

using std::string;

constexpr std::uint32_t limit = 4096;

response_head_result parse(const string& text, response_head& out, bool to_head = false) {
  return parse_response_head(text, limit, to_head, out);
}

TEST(response_head_test, TheBodysEndIsFoundAsTheRfcSays) {
  struct {
    string status;
    string fields;
    answer_framing body;
    bool keep_alive;
  } const cases[] = {
      {"1.1 200", "Content-Length: 5\r\n", answer_framing::length, true},
      {"1.1 200", "content-length:0 \r\n", answer_framing::length, true},
      {"1.1 200", "Transfer-Encoding: Chunked\r\n", answer_framing::chunked, true},
      {"1.1 200", "", answer_framing::close, false},
      {"1.1 200", "Content-Length: 5\r\nConnection: a, close\r\n", answer_framing::length, false},
      {"1.0 200", "Content-Length: 5\r\n", answer_framing::length, false},
      {"1.0 200", "Content-Length: 5\r\nConnection: keep-alive\r\n", answer_framing::length, true},
      {"1.1 204", "", answer_framing::none, true},
      {"1.1 204", "Content-Length: 0\r\n", answer_framing::none, true},
      {"1.1 204", "Content-Length: 4\r\n", answer_framing::none, false},
      {"1.1 304", "Content-Length: 4\r\n", answer_framing::none, true},
      {"1.1 100", "", answer_framing::none, true},
  };
  for (const auto& c : cases) {
    response_head head;
    const string text = "HTTP/" + c.status + " x\r\n" + c.fields + "\r\n";
    ASSERT_EQ(parse(text, head).status, parse_status::complete) << text;
    EXPECT_EQ(head.body, c.body) << text;
    EXPECT_EQ(head.keep_alive, c.keep_alive) << text;
    EXPECT_EQ(head.size, text.size());
    ASSERT_EQ(parse("HTTP/1.1 200 x\r\n" + c.fields + "\r\n", head, true).status,
              parse_status::complete);
    EXPECT_EQ(head.body, answer_framing::none) << "to HEAD";
  }
}

TEST(response_head_test, WhatTwoReadersCouldUnderstandInTwoWaysIsRefused) {
  const string begin = "HTTP/1.1 200 OK\r\n";
  for (const string& text : {
           string("HTTP/2.0 200 OK\r\n\r\n"),
           string("HTTP/1.1 200\r\n\r\n"),
           string("HTTP/1.1 20 OK\r\n\r\n"),
           string("HTTP/1.1 099 OK\r\n\r\n"),
           string("HTTP/1.1 600 OK\r\n\r\n"),
           string("HTTP/1.1  200 OK\r\n\r\n"),
           string("http/1.1 200 OK\r\n\r\n"),
           string("HTTP/1.1 200 OK\n\n"),
           string("\r\nHTTP/1.1 200 OK\r\n\r\n"),
           string("SSH-2.0-x\r\n"),
           begin + "A : b\r\n\r\n",
           begin + " a: b\r\n\r\n",
           begin + "a: b\n\r\n",
           begin + "a\r\n\r\n",
           begin + "a: b\r\n c\r\n\r\n",
           begin + ": b\r\n\r\n",
           begin + string("a: b\0c\r\n\r\n", 10),
           begin + "a: b\rc\r\n\r\n",
           begin + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n",
           begin + "Content-Length: 5, 5\r\n\r\n",
           begin + "Content-Length: +5\r\n\r\n",
           begin + "Content-Length: \r\n\r\n",
           begin + "Content-Length: 0x5\r\n\r\n",
           begin + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
           begin + "Transfer-Encoding: gzip, chunked\r\n\r\n",
           begin + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
           string("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
           string("HTTP/1.1 100 x\r\nContent-Length: 5\r\n\r\n"),
           begin + "Connection: a b\r\n\r\n",
           begin + "a: " + string(limit, 'a') + "\r\n\r\n",
       }) {
    response_head head;
    const auto result = parse(text, head);
    EXPECT_EQ(result.status, parse_status::invalid) << text;
    EXPECT_FALSE(result.problem.empty());
  }
}

TEST(response_head_test, EachBeginningOfAGoodHeadIsPartial) {
  const string text = "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\nX-Y: \tz \r\n\r\n";
  response_head head;
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_EQ(parse(text.substr(0, i), head).status, parse_status::partial) << i;
  }
  const string whole = text + "abc";  // the head is a view
  ASSERT_EQ(parse(whole, head).status, parse_status::complete);
  EXPECT_EQ(head.status, 404);
  EXPECT_EQ(head.find("x-y"), "z");
  EXPECT_EQ(head.content_length, 3U);
}

}  // namespace
}  // namespace shoal::http
