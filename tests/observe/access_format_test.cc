#include "observe/access_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/allocations.h"

namespace shoal::observe {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr wall_time moment{std::chrono::sys_days(std::chrono::year{2026} / 11 / 24) + 13h + 33min +
                           9s + 45ms};

access_record example() {
  return {.when = moment,
          .remote = "192.0.2.7",
          .method = "GET",
          .target = "/search?q=secret&page=2",
          .host = "example.org",
          .referer = "https://example.org/?token=abc",
          .user_agent = "curl/7.88.1",
          .request_id = "0123456789abcdef",
          .status = 200,
          .body_bytes = 1234,
          .took = 1'234'567ns};
}

std::string line_of(const access_record& of, access_format format,
                    query_shown query = query_shown::names) {
  access_formatter formatter(format, query);
  return std::string(formatter.line(of));
}

TEST(AccessFormat, CommonIsApaches) {
  EXPECT_EQ(line_of(example(), access_format::common),
            "192.0.2.7 - - [24/Nov/2026:13:33:09 +0000] \"GET /search?q=*&page=* HTTP/1.1\" 200 "
            "1234\n");
}

TEST(AccessFormat, CombinedAddsRefererAndUserAgent) {
  EXPECT_EQ(line_of(example(), access_format::combined),
            "192.0.2.7 - - [24/Nov/2026:13:33:09 +0000] \"GET /search?q=*&page=* HTTP/1.1\" 200 "
            "1234 \"https://example.org/?token=*\" \"curl/7.88.1\"\n");
}

TEST(AccessFormat, JsonIsAnObjectWithMoreInIt) {
  EXPECT_EQ(line_of(example(), access_format::json),
            R"({"time":"2026-11-24T13:33:09.045Z","remote":"192.0.2.7","method":"GET",)"
            R"("target":"/search?q=*&page=*","protocol":"HTTP/1.1","host":"example.org",)"
            R"("status":200,"bytes":1234,"took_us":1234,"referer":"https://example.org/?token=*",)"
            R"("user_agent":"curl/7.88.1","request_id":"0123456789abcdef"})"
            "\n");
}

TEST(AccessFormat, WhatIsNotThereIsADashOrLeftOut) {
  const access_record nothing{.when = moment, .status = 400};
  EXPECT_EQ(line_of(nothing, access_format::combined),
            "- - - [24/Nov/2026:13:33:09 +0000] \"-\" 400 0 \"-\" \"-\"\n");
  EXPECT_EQ(line_of(nothing, access_format::json),
            R"({"time":"2026-11-24T13:33:09.045Z","status":400,"bytes":0,"took_us":0})"
            "\n");
}

TEST(AccessFormat, TheVersionIsTheRequests) {
  auto old = example();
  old.minor_version = 0;
  EXPECT_THAT(line_of(old, access_format::common), HasSubstr(" HTTP/1.0\" "));
  EXPECT_THAT(line_of(old, access_format::json), HasSubstr("\"protocol\":\"HTTP/1.0\""));
}

struct query_case {
  const char* target;
  const char* shown;
};

TEST(AccessFormat, OfAQueryTheNamesAreShown) {
  for (const auto& [target, shown] : {query_case{"/", "/"},
                                      {"/a?", "/a?"},
                                      {"/a?b", "/a?b"},
                                      {"/a?b=c", "/a?b=*"},
                                      {"/a?b=", "/a?b=*"},
                                      {"/a?=c", "/a?=*"},
                                      {"/a?b=c=d&e", "/a?b=*&e"},
                                      {"/a?&&b=c&", "/a?&&b=*&"},
                                      {"/a?b=c?d=e", "/a?b=*"},
                                      {"/a=1?b=c", "/a=1?b=*"}}) {
    auto of = example();
    of.target = target;
    EXPECT_THAT(line_of(of, access_format::common),
                HasSubstr("\"GET " + std::string(shown) + " HTTP"));
  }
}

TEST(AccessFormat, TheValuesAreShownWhereTheyAreAskedFor) {
  const auto line = line_of(example(), access_format::combined, query_shown::values);
  EXPECT_THAT(line, HasSubstr("/search?q=secret&page=2 "));
  EXPECT_THAT(line, HasSubstr("\"https://example.org/?token=abc\""));
}

TEST(AccessFormat, EveryFieldIsEscaped) {
  constexpr std::string_view bad = "\x1b[31m\"\\\n";
  auto of = example();
  of.remote = of.method = of.target = of.host = of.referer = of.user_agent = of.request_id = bad;
  const auto combined = line_of(of, access_format::combined);
  EXPECT_EQ(combined,
            R"(\x1b[31m\x22\x5c\x0a - - [24/Nov/2026:13:33:09 +0000] "\x1b[31m\x22\x5c\x0a )"
            R"(\x1b[31m\x22\x5c\x0a HTTP/1.1" 200 1234 "\x1b[31m\x22\x5c\x0a" )"
            R"("\x1b[31m\x22\x5c\x0a")"
            "\n");
  const auto json = line_of(of, access_format::json);
  EXPECT_THAT(json, Not(HasSubstr("\x1b")));
  EXPECT_EQ(json.find('\n'), json.size() - 1);
  for (const char* key :
       {"remote", "method", "target", "host", "referer", "user_agent", "request_id"}) {
    EXPECT_THAT(json, HasSubstr("\"" + std::string(key) + R"(":"\u001b[31m\u0022\u005c\u000a")"));
  }
}

TEST(AccessFormat, TheLongestLineStillHasItsEnd) {
  const std::string long_text(20'000, '\n');
  auto of = example();
  of.remote = of.method = of.target = of.host = of.referer = of.user_agent = of.request_id =
      long_text;
  of.status = 599;
  of.body_bytes = UINT64_MAX;
  of.took = nanoseconds::max();
  for (const auto format : {access_format::common, access_format::combined, access_format::json}) {
    const auto line = line_of(of, format);
    EXPECT_LT(line.size(), max_line_bytes);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    EXPECT_THAT(line, HasSubstr("..."));
  }
  EXPECT_THAT(line_of(of, access_format::json), HasSubstr("...\"}\n"));
}

TEST(AccessFormat, TheDateFollowsTheClock) {
  access_formatter formatter(access_format::common);
  auto of = example();
  EXPECT_THAT(std::string(formatter.line(of)), HasSubstr("[24/Nov/2026:13:33:09 +0000]"));
  of.when += 1s;
  EXPECT_THAT(std::string(formatter.line(of)), HasSubstr("[24/Nov/2026:13:33:10 +0000]"));
  of.when = wall_time(std::chrono::sys_days(std::chrono::year{2028} / 2 / 29));
  EXPECT_THAT(std::string(formatter.line(of)), HasSubstr("[29/Feb/2028:00:00:00 +0000]"));
}

TEST(AccessFormat, ALineAllocatesNothing) {
  if (!test::allocations_are_counted()) GTEST_SKIP() << "allocations are not counted here";
  access_formatter formatter(access_format::json);
  const auto of = example();
  const auto before = test::allocations();
  for (int i = 0; i < 10; ++i) ASSERT_FALSE(formatter.line(of).empty());
  EXPECT_EQ(test::allocations(), before);
}

TEST(AccessFormat, NamesAreRead) {
  EXPECT_EQ(parse_access_format("common"), access_format::common);
  EXPECT_EQ(parse_access_format("combined"), access_format::combined);
  EXPECT_EQ(parse_access_format("json"), access_format::json);
  EXPECT_EQ(parse_access_format("JSON"), std::nullopt);
  EXPECT_EQ(parse_access_format(""), std::nullopt);
  EXPECT_EQ(parse_query_shown("names"), query_shown::names);
  EXPECT_EQ(parse_query_shown("values"), query_shown::values);
  EXPECT_EQ(parse_query_shown("all"), std::nullopt);
}

}  // namespace
}  // namespace shoal::observe
