#include "http/sticky_key.h"

#include <gtest/gtest.h>

namespace shoal::http {
namespace {

std::uint64_t key_of(std::string_view source, std::string_view fields) {
  const std::string text = "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
  head request;
  parse_progress progress;
  EXPECT_EQ(parse_head(text, {}, progress, request).status, parse_status::complete);
  const auto parsed = parse_sticky_source(source);
  EXPECT_TRUE(parsed.has_value());
  return sticky_key(request, *parsed);
}

TEST(StickyKey, IsTheFieldsValue) {
  const auto anna = key_of("header:X-User", "X-User: anna\r\n");
  EXPECT_NE(anna, 0U);
  EXPECT_EQ(anna, key_of("header:x-user", "A: b\r\nx-uSER:   anna  \r\n"));
  EXPECT_NE(anna, key_of("header:X-User", "X-User: bert\r\n"));
  EXPECT_EQ(key_of("header:X-User", "X-Users: anna\r\n"), 0U);
  EXPECT_EQ(key_of("header:X-User", "X-User:\r\n"), 0U);
}

TEST(StickyKey, IsTheCookiesValueWhereverItStands) {
  const auto key = key_of("cookie:sid", "Cookie: sid=7\r\n");
  EXPECT_NE(key, 0U);
  EXPECT_EQ(key, key_of("cookie:sid", "Cookie: a=b; sid=7; c=d\r\n"));
  EXPECT_EQ(key_of("cookie:sid", "Cookie: xsid=7; sid2=7; SID=7\r\n"), 0U);
  EXPECT_EQ(key_of("cookie:sid", "Cookie: sid=\r\n"), 0U);
  EXPECT_EQ(key_of("cookie:sid", ""), 0U);
}

TEST(StickyKey, IsTheFirstForwardedAddress) {
  const auto key = key_of("forwarded", "X-Forwarded-For: 203.0.113.9\r\n");
  EXPECT_NE(key, 0U);
  EXPECT_EQ(key, key_of("forwarded", "X-Forwarded-For: 203.0.113.9 , 10.0.0.1\r\n"));
  EXPECT_NE(key, key_of("forwarded", "X-Forwarded-For: 10.0.0.1, 203.0.113.9\r\n"));
}

TEST(StickyKey, OfTheAddressIsNotInTheRequest) {
  EXPECT_EQ(key_of("address", "X-Forwarded-For: 203.0.113.9\r\n"), 0U);
}

TEST(StickyKey, AnUnknownSourceIsRefused) {
  for (const auto* const text : {"", "header", "header:", "cookie:", "cookie:a b", "cookie:a=b",
                                 "header:a:b", "path:x", "Address"}) {
    EXPECT_FALSE(parse_sticky_source(text)) << text;
  }
}

}  // namespace
}  // namespace shoal::http
