#include "shoal/http/cors.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "http/hooks/asking.h"

namespace shoal::http {
namespace {

constexpr std::string_view ours = "Origin: https://a.example\r\n";
constexpr std::string_view theirs = "Origin: https://evil.example\r\n";

class Cors : public testing::Test {
 protected:
  Cors() {
    s.routes().get<"/">([] { return "hello"; });
    s.routes().put<"/">([] { return "put"; });
  }
  parsed_answer preflight(std::string_view origin) {
    return s.ask("OPTIONS", "/", std::string(origin) + "Access-Control-Request-Method: PUT\r\n");
  }
  asked_site s;
};

TEST_F(Cors, LetsPagesOfNamedOriginsSeeAnswers) {
  cors(s.routes(), {.origins = {"https://a.example"}, .expose = {"X-Total", "ETag"}});
  const auto answer = s.get("/", ours);
  EXPECT_EQ(answer.rest, "hello");
  EXPECT_EQ(field(answer, "Access-Control-Allow-Origin"), "https://a.example");
  EXPECT_EQ(field(answer, "Access-Control-Expose-Headers"), "X-Total, ETag");
  EXPECT_EQ(field(answer, "Access-Control-Allow-Credentials"), "-");
  EXPECT_EQ(field(answer, "Vary"), "Origin");
}

TEST_F(Cors, GivesOthersTheAnswerWithoutItsFields) {
  cors(s.routes(), {.origins = {"https://a.example"}});
  for (const std::string_view fields :
       {theirs, std::string_view(), std::string_view("Origin: null\r\n"),
        std::string_view("Origin: https://a.example.evil\r\n"),
        std::string_view("Origin: http://a.example\r\n")}) {
    const auto answer = s.get("/", fields);
    EXPECT_EQ(answer.rest, "hello");
    EXPECT_EQ(field(answer, "Access-Control-Allow-Origin"), "-") << fields;
    EXPECT_EQ(field(answer, "Vary"), "Origin") << "a cache must know";
  }
}

TEST_F(Cors, AnswersPreflightRequests) {
  cors(s.routes(), {.origins = {"https://a.example"},
                    .methods = {"GET", "PUT"},
                    .headers = {"Content-Type", "X-Key"},
                    .credentials = true,
                    .max_age = std::chrono::seconds(60)});
  const auto answer = preflight(ours);
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(field(answer, "Access-Control-Allow-Origin"), "https://a.example");
  EXPECT_EQ(field(answer, "Access-Control-Allow-Methods"), "GET, PUT");
  EXPECT_EQ(field(answer, "Access-Control-Allow-Headers"), "Content-Type, X-Key");
  EXPECT_EQ(field(answer, "Access-Control-Allow-Credentials"), "true");
  EXPECT_EQ(field(answer, "Access-Control-Max-Age"), "60");
  EXPECT_EQ(field(answer, "Vary"), "Origin");
  const auto refused = preflight(theirs);
  EXPECT_EQ(refused.status, 204);
  EXPECT_EQ(refused.head.find("Access-Control"), std::string::npos);
}

TEST_F(Cors, LeavesOtherOptionsRequestsAlone) {
  cors(s.routes(), {.any_origin = true});
  EXPECT_NE(field(s.ask("OPTIONS", "/", ours), "Allow"), "-");
  EXPECT_NE(field(s.ask("OPTIONS", "/", "Access-Control-Request-Method: PUT\r\n"), "Allow"), "-");
}

TEST_F(Cors, SaysStarForAnyOrigin) {
  cors(s.routes(), {.any_origin = true});
  const auto answer = s.get("/", theirs);
  EXPECT_EQ(field(answer, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(field(answer, "Vary"), "-");
  EXPECT_EQ(field(preflight(theirs), "Access-Control-Allow-Origin"), "*");
}

TEST_F(Cors, AsksTheProgram) {
  cors(s.routes(), {.allow_origin = [](std::string_view o) { return o.ends_with(".example"); }});
  EXPECT_EQ(field(s.get("/", theirs), "Access-Control-Allow-Origin"), "https://evil.example");
  EXPECT_EQ(field(s.get("/", "Origin: https://x.org\r\n"), "Access-Control-Allow-Origin"), "-");
}

TEST_F(Cors, LetsErrorsBeSeenToo) {
  cors(s.routes(), {.origins = {"https://a.example"}});
  for (const std::string_view verb : {"DELETE", "GET"}) {
    const auto answer = s.ask(verb, verb == "GET" ? "/nowhere" : "/", ours);
    EXPECT_GE(answer.status, 404);
    EXPECT_EQ(field(answer, "Access-Control-Allow-Origin"), "https://a.example");
  }
}

TEST(CorsPolicy, RefusesWhatMakesNoSense) {
  EXPECT_THROW(cors_policy({}), std::invalid_argument);
  EXPECT_THROW(cors_policy({.any_origin = true, .credentials = true}), std::invalid_argument);
  for (const char* origin : {"*", "null", "a.example", "https://", "https://a.example/",
                             "https://*.example", "https://A.example", "://a"})
    EXPECT_THROW(cors_policy({.origins = {origin}}), std::invalid_argument) << origin;
  EXPECT_THROW(cors_policy({.any_origin = true, .headers = {"a b"}}), std::invalid_argument);
  EXPECT_THROW(cors_policy({.any_origin = true, .methods = {""}}), std::invalid_argument);
  EXPECT_THROW(cors_policy({.any_origin = true, .max_age = std::chrono::seconds(-1)}),
               std::invalid_argument);
  EXPECT_NO_THROW(cors_policy({.origins = {"http://localhost:8080", "https://[::1]:1"}}));
}

}  // namespace
}  // namespace shoal::http
