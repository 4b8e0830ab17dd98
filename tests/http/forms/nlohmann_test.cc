#include "shoal/http/nlohmann.h"

#include <gtest/gtest.h>

#include <string>

#include "http/site.h"
#include "shoal/http/context.h"

namespace shoal::http {
namespace {

struct user {
  std::string name;
  int age = 0;
};

void from_json(const nlohmann::json& from, user& to) {
  from.at("name").get_to(to.name);
  from.at("age").get_to(to.age);
  if (to.age < 0) throw http_error(status::unprocessable_content, "age below zero");
}

class nlohmann_site {
 public:
  nlohmann_site() {
    site_.routes.get<"/">([] { return nlohmann::json{{"a", {1, 2}}, {"b", nullptr}}; });
    site_.routes.get<"/latin">([] { return nlohmann::json("\xe9"); });
    site_.routes.get<"/later">([]() -> task<nlohmann::json> { co_return nlohmann::json(7); });
    site_.routes.post<"/any">([](context& c) { return read_json(c); });
    site_.routes.post<"/small">([](context& c) { return read_json(c, 2); });
    site_.routes.post<"/user">([](context& c) -> task<std::string> {
      const auto sent = co_await read_json<user>(c);
      co_return sent.name + " " + std::to_string(sent.age);
    });
    site_.open();
  }
  parsed_answer get(const std::string& path) {
    return ask("GET " + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  }
  parsed_answer post(const std::string& path, const std::string& body,
                     const std::string& type = "application/json") {
    return ask("POST " + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: " +
               type + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }

 private:
  parsed_answer ask(const std::string& bytes) {
    auto& client = site_.send(bytes);
    site_.run();
    return parsed_answer(client.received());
  }
  site site_;
};

TEST(Nlohmann, IsAnAnswer) {
  nlohmann_site s;
  const auto answer = s.get("/");
  EXPECT_EQ(answer.rest, R"({"a":[1,2],"b":null})");
  EXPECT_TRUE(answer.has("Content-Type: application/json"));
  EXPECT_EQ(s.get("/later").rest, "7");
  EXPECT_EQ(s.get("/latin").rest, "\"\xef\xbf\xbd\"");
}

TEST(Nlohmann, IsReadFromTheBody) {
  nlohmann_site s;
  EXPECT_EQ(s.post("/any", " [1, 2] ").rest, "[1,2]");
  EXPECT_EQ(s.post("/user", R"({"name":"Ada","age":36})").rest, "Ada 36");
  EXPECT_EQ(s.post("/small", "[]").rest, "[]");
}

TEST(Nlohmann, TellsTheKindsOfRefusalApart) {
  nlohmann_site s;
  EXPECT_EQ(s.post("/any", "{}", "text/plain").status, 415);
  EXPECT_EQ(s.post("/small", "[1]").status, 413);
  for (const std::string broken : {"", "{", "[1,]", "{\"a\":1}x", "\"\xff\"", "1e999", "nul"})
    EXPECT_EQ(s.post("/any", broken).status, 400) << broken;
  for (const std::string wrong :
       {R"({"name":"Ada"})", R"({"name":7,"age":1})", "[]", "null", R"({"name":"Ada","age":-1})"})
    EXPECT_EQ(s.post("/user", wrong).status, 422) << wrong;
}

TEST(Nlohmann, SaysWhereJsonIsBroken) {
  nlohmann_site s;
  const auto answer = s.post("/any", "{\n  \"a\": x\n}");
  EXPECT_EQ(answer.status, 400);
  EXPECT_NE(answer.rest.find("line 2, column 8"), std::string::npos) << answer.rest;
  EXPECT_EQ(answer.rest.find("json.exception"), std::string::npos) << answer.rest;
  EXPECT_NE(s.post("/user", "{}").rest.find("'name' not found"), std::string::npos);
}

TEST(Nlohmann, QuotesLittleOfWhatItRefuses) {
  nlohmann_site s;
  EXPECT_LT(s.post("/any", "\"" + std::string(5000, 'x')).rest.size(), 1000u);
}

}  // namespace
}  // namespace shoal::http
