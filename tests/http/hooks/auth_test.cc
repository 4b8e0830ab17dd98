#include "shoal/http/auth.h"

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>

#include "http/hooks/asking.h"
#include "http/hooks/base64.h"

namespace shoal::http {
namespace {

struct user {
  std::string name;
};

TEST(Base64, IsDecodedStrictly) {
  EXPECT_EQ(decode_base64(""), "");
  EXPECT_EQ(decode_base64("Zg=="), "f");
  EXPECT_EQ(decode_base64("Zm8="), "fo");
  EXPECT_EQ(decode_base64("Zm9v"), "foo");
  EXPECT_EQ(decode_base64("+/+/"), "\xfb\xff\xbf");
  for (const char* bad : {"Zg", "Zg=", "Zg===", "Z===", "====", "Zh==", "Zm9=", "Zm 9", "Zm9v\n",
                          "Zm-_", "=Zm9", "Zg==Zg=="})
    EXPECT_EQ(decode_base64(bad), std::nullopt) << bad;
}

TEST(EqualSecrets, ComparesAllOfThem) {
  EXPECT_TRUE(equal_secrets("", ""));
  EXPECT_TRUE(equal_secrets("secret", "secret"));
  for (const char* given : {"", "secre", "secrets", "Secret", "secreT", "secretsecret"})
    EXPECT_FALSE(equal_secrets(given, "secret")) << given;
  EXPECT_FALSE(equal_secrets("a", ""));
}

TEST(BasicAuth, LetsThosePassWhomTheCheckAccepts) {
  asked_site s;
  s.routes().before(
      basic_auth("the \"staff\"", [](std::string_view name, std::string_view password) {
        return name == "ada" && equal_secrets(password, "a:b");
      }));
  s.routes().get<"/">([] { return "in"; });
  EXPECT_EQ(s.get("/", "Authorization: Basic YWRhOmE6Yg==\r\n").rest, "in");
  EXPECT_EQ(s.get("/", "authorization: basic  YWRhOmE6Yg==\r\n").rest, "in");
  const auto answer = s.get("/", "Authorization: Basic YWRhOmE6Yw==\r\n");
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(field(answer, "WWW-Authenticate"),
            "Basic realm=\"the \\\"staff\\\"\", charset=\"UTF-8\"");
}

TEST(BasicAuth, TakesWhatIsMalformedForNothing) {
  asked_site s;
  s.routes().before(basic_auth("x", [](std::string_view, std::string_view) { return true; }));
  s.routes().get<"/">([] { return "in"; });
  EXPECT_EQ(s.get("/", "Authorization: Basic Og==\r\n").status, 200) << "both may be empty";
  for (const std::string fields :
       {"", "Authorization: Basic\r\n", "Authorization: Basic \r\n",
        "Authorization: Basic YWRh\r\n", "Authorization: BasicYWRhOmE6Yg==\r\n",
        "Authorization: Basic YWRhOmE6Yg\r\n", "Authorization: Bearer YWRhOmE6Yg==\r\n",
        "Authorization: Basic AAo6YQ==\r\n",
        "Authorization: Basic Og==\r\nAuthorization: Basic Og==\r\n"})
    EXPECT_EQ(s.get("/", fields).status, 401) << fields;
}

TEST(BasicAuth, TellsHandlersWhoItIs) {
  asked_site s;
  s.routes().before(basic_auth("x", [](context& c, std::string_view name, std::string_view) {
    return c.path() == "/" ? std::optional<user>(user{std::string(name)}) : std::nullopt;
  }));
  s.routes().get<"/">([](context& c) { return c.get<user>()->name; });
  EXPECT_EQ(s.get("/", "Authorization: Basic YWRhOmE6Yg==\r\n").rest, "ada");
  EXPECT_EQ(s.get("/other", "Authorization: Basic YWRhOmE6Yg==\r\n").status, 401);
}

TEST(BasicAuth, RefusesARealmThatCannotBeSent) {
  const auto check = [](std::string_view, std::string_view) { return true; };
  EXPECT_THROW((void)basic_auth("a\r\nb", check), std::invalid_argument);
}

TEST(BearerAuth, LetsThosePassWhoseTokenTheCheckAccepts) {
  asked_site s;
  auto api = s.routes().group<"/api">();
  api.before(bearer_auth([](std::string_view token) {
    return equal_secrets(token, "aB1-._~+/==") ? std::optional<user>(user{"ada"}) : std::nullopt;
  }));
  api.get<"/me">([](context& c) { return c.get<user>()->name; });
  s.routes().get<"/">([] { return "open"; });
  EXPECT_EQ(s.get("/").rest, "open");
  EXPECT_EQ(s.get("/api/me", "Authorization: bearer aB1-._~+/==\r\n").rest, "ada");
  EXPECT_EQ(field(s.get("/api/me"), "WWW-Authenticate"), "Bearer");
  const auto answer = s.get("/api/me", "Authorization: Bearer other\r\n");
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(field(answer, "WWW-Authenticate"), "Bearer error=\"invalid_token\"");
}

TEST(BearerAuth, TakesWhatIsMalformedForNothing) {
  asked_site s;
  s.routes().before(bearer_auth([](std::string_view) { return true; }));
  s.routes().get<"/">([] { return "in"; });
  EXPECT_EQ(s.get("/", "Authorization: Bearer x\r\n").status, 200);
  for (const std::string token : {"", "=", "a b", "a,b", "a=b", "\"a\"", "\xc3\xa9"})
    EXPECT_EQ(s.get("/", "Authorization: Bearer " + token + "\r\n").status, 401) << token;
  EXPECT_EQ(s.get("/", "Authorization: Bearer x\r\nAuthorization: Bearer x\r\n").status, 401);
}

}  // namespace
}  // namespace shoal::http
