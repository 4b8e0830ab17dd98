#include "shoal/http/cookie.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "http/forms/cookie_pairs.h"
#include "http/site.h"
#include "shoal/http/context.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;

std::string shown(std::string_view field) {
  std::string text;
  cookie_pair pair;
  while (next_cookie(field, pair))
    text.append("[").append(pair.name).append("]=[").append(pair.value).append("] ");
  return text;
}

TEST(CookieField, GivesItsPairsInOrder) {
  EXPECT_EQ(shown("a=1; b=2; a=3"), "[a]=[1] [b]=[2] [a]=[3] ");
}

TEST(CookieField, IsReadAsBrowsersWriteIt) {
  EXPECT_EQ(shown("a=x y, z; b=\"q;r\""), "[a]=[x y, z] [b]=[\"q] ");
  EXPECT_EQ(shown("cart[1]=a=b;c=;  d = 4  "), "[cart[1]]=[a=b] [c]=[] [d]=[4] ");
}

TEST(CookieField, SkipsCookiesWithoutAName) {
  EXPECT_EQ(shown("bare; =x; a=1;; ;"), "[a]=[1] ");
  EXPECT_EQ(shown(""), "");
}

TEST(CookieField, IsFoundByNameInAllFields) {
  site s;
  s.routes.get<"/">([](context& c) { return std::string(c.cookie("id").value_or("none")); });
  s.open();
  const auto ask = [&s](const std::string& fields) {
    auto& client = s.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + fields + "\r\n");
    s.run();
    return parsed_answer(client.received()).rest;
  };
  EXPECT_EQ(ask("Cookie: a=1; id=7; id=8\r\n"), "7");
  EXPECT_EQ(ask("Cookie: a=1\r\ncookie: id=9\r\n"), "9");
  EXPECT_EQ(ask("Cookie: ID=9; xid=1\r\n"), "none");
  EXPECT_EQ(ask(""), "none");
}

TEST(SetCookie, IsSafeUnlessToldOtherwise) {
  EXPECT_EQ(set_cookie({.name = "id", .value = "7"}),
            "id=7; Path=/; Secure; HttpOnly; SameSite=Lax");
}

TEST(SetCookie, SaysAllThatItIsTold) {
  EXPECT_EQ(set_cookie({.name = "n",
                        .value = "v",
                        .max_age = 90s,
                        .path = "/a b",
                        .domain = "example.org",
                        .http_only = false,
                        .secure = true,
                        .same_site = same_site::none}),
            "n=v; Max-Age=90; Path=/a b; Domain=example.org; Secure; SameSite=None");
  EXPECT_EQ(set_cookie({.name = "n",
                        .max_age = -5s,
                        .path = "",
                        .secure = false,
                        .same_site = same_site::strict}),
            "n=; Max-Age=0; HttpOnly; SameSite=Strict");
}

TEST(SetCookie, RefusesWhatWouldInject) {
  const std::string bad[] = {"a;b",  "a b",      "a\r\nSet-Cookie: x=y", "a\"b", "a,b", "a\\b",
                             "\x7f", "\xc3\xa9", std::string("a\0b", 3), "a\tb"};
  for (const auto& text : bad) {
    EXPECT_THROW((void)set_cookie({.name = "n", .value = text}), std::invalid_argument) << text;
    EXPECT_THROW((void)set_cookie({.name = text, .value = "v"}), std::invalid_argument) << text;
    EXPECT_THROW((void)set_cookie({.name = "n", .domain = text}), std::invalid_argument) << text;
  }
  EXPECT_THROW((void)set_cookie({.name = ""}), std::invalid_argument);
  EXPECT_THROW((void)set_cookie({.name = "a=b"}), std::invalid_argument);
  EXPECT_THROW((void)set_cookie({.name = "n", .path = "/a;Domain=x"}), std::invalid_argument);
  EXPECT_THROW((void)set_cookie({.name = "n", .path = "/\r\n"}), std::invalid_argument);
  EXPECT_THROW((void)set_cookie({.name = "n", .path = "a"}), std::invalid_argument);
}

TEST(SetCookie, HoldsPrefixesToWhatTheyPromise) {
  EXPECT_NO_THROW((void)set_cookie({.name = "__Host-id"}));
  EXPECT_THROW((void)set_cookie({.name = "__Host-id", .path = "/a"}), std::invalid_argument);
  EXPECT_THROW((void)set_cookie({.name = "__host-id", .domain = "h"}), std::invalid_argument);
  EXPECT_THROW((void)set_cookie({.name = "__Secure-id", .secure = false}), std::invalid_argument);
  EXPECT_THROW((void)set_cookie({.name = "n", .secure = false, .same_site = same_site::none}),
               std::invalid_argument);
}

}  // namespace
}  // namespace shoal::http
