#include <gtest/gtest.h>

#include <string>

#include "http/forms/json_depth.h"
#include "http/site.h"
#include "shoal/http/context.h"
#include "shoal/http/json_body.h"

namespace shoal::http {
namespace {

TEST(JsonDepth, CountsBracketsOutsideStrings) {
  EXPECT_FALSE(is_deeper_than(2, "[[1],{},[2]]"));
  EXPECT_TRUE(is_deeper_than(2, "[[1],{\"a\":[]}]"));
  EXPECT_FALSE(is_deeper_than(1, R"(["[[[", "\"[[", "\\"])"));
  EXPECT_TRUE(is_deeper_than(1, R"(["\\", [1]])"));
  EXPECT_FALSE(is_deeper_than(0, "]]}}"));
  EXPECT_TRUE(is_deeper_than(0, "]]["));
  EXPECT_FALSE(is_deeper_than(0, "\"\\"));
}

TEST(JsonBody, IsTextOfTheRightTypeSizeAndDepth) {
  site s;
  s.routes.post<"/">([](context& c) { return json_body(c); });
  s.routes.post<"/small">([](context& c) { return json_body(c, 2); });
  s.open();
  const auto post = [&s](const std::string& path, const std::string& type,
                         const std::string& body) {
    auto& client = s.send("POST " + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + type +
                          "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    s.run();
    return parsed_answer(client.received());
  };
  const std::string type = "Content-Type: application/json\r\n";
  EXPECT_EQ(post("/", type, "{}").rest, "{}");
  EXPECT_EQ(post("/", "Content-Type: application/problem+json; charset=utf-8\r\n", "1").rest, "1");
  EXPECT_EQ(post("/", "Content-Type: text/json\r\n", "{}").status, 415);
  EXPECT_EQ(post("/", "", "{}").status, 415);
  EXPECT_EQ(post("/small", type, "[]").status, 200);
  EXPECT_EQ(post("/small", type, "[1]").status, 413);
  EXPECT_EQ(post("/", type, std::string(64, '[')).status, 200);
  EXPECT_EQ(post("/", type, std::string(65, '[')).status, 400);
}

}  // namespace
}  // namespace shoal::http
