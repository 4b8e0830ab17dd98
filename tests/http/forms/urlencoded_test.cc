#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/site.h"
#include "shoal/http/context.h"
#include "shoal/http/error.h"
#include "shoal/http/form.h"

namespace shoal::http {
namespace {

using namespace std::string_literals;

/// "name=value" of each field, joined by '|'.
std::string shown(const form_fields& fields) {
  std::string text;
  for (const auto [name, value] : fields) {
    if (!text.empty()) text += '|';
    text.append(name).append("=").append(value);
  }
  return text;
}

int refused(std::string_view text, const form_limits& limits = {}) {
  try {
    (void)form_fields::parse(text, limits);
  } catch (const http_error& e) {
    return e.code();
  }
  return 0;
}

TEST(UrlEncoded, GivesFieldsInOrderDecoded) {
  EXPECT_EQ(shown(form_fields::parse("b=1&a=x+y%21&b=%C3%a9")), "b=1|a=x y!|b=\xc3\xa9");
}

TEST(UrlEncoded, TakesWhatIsMissingForEmpty) {
  EXPECT_EQ(shown(form_fields::parse("a&=v&b=&=")), "a=|=v|b=|=");
}

TEST(UrlEncoded, CountsNoEmptyFields) {
  EXPECT_TRUE(form_fields::parse("").empty());
  EXPECT_TRUE(form_fields::parse("&&").empty());
  EXPECT_EQ(shown(form_fields::parse("&a=1&&b=2&")), "a=1|b=2");
}

TEST(UrlEncoded, SplitsAtTheFirstEqualsSignAndBeforeDecoding) {
  EXPECT_EQ(shown(form_fields::parse("a=b=c&d%26e=f%3Dg%2B")), "a=b=c|d&e=f=g+");
}

TEST(UrlEncoded, RefusesBrokenEscapesAndNul) {
  for (const auto& text : {"a=%"s, "a=%4"s, "a=%4g"s, "%zz=a"s, "a=1&b=%%41"s, "a=%00"s, "a=\0b"s,
                           "a=%-1"s, "a=% 1"s}) {
    EXPECT_EQ(refused(text), 400) << text;
  }
}

TEST(UrlEncoded, BoundsTheCountOfFields) {
  EXPECT_EQ(refused("a&b&c", {.fields = 3}), 0);
  EXPECT_EQ(refused("a&b&c&d", {.fields = 3}), 400);
  EXPECT_EQ(refused("a&b&c&&&", {.fields = 3}), 0);
}

TEST(FormFields, FindTheFirstAndAll) {
  const auto fields = form_fields::parse("a=1&b=2&a=3&A=4");
  EXPECT_EQ(fields.find("a"), "1");
  EXPECT_EQ(fields.find("A"), "4");
  EXPECT_EQ(fields.find("c"), std::nullopt);
  EXPECT_EQ(fields.find_all("a"), (std::vector<std::string_view>{"1", "3"}));
  EXPECT_TRUE(fields.find_all("c").empty());
}

TEST(FormFields, SurviveAMove) {
  auto fields = form_fields::parse("a=1");  // short enough to live inside a string
  const auto moved = std::move(fields);
  EXPECT_EQ(moved.find("a"), "1");
}

/// Answers with what a request's query or form gives.
class forms_site {
 public:
  forms_site() {
    site_.routes.get<"/value">([](context& c) { return c.query_value("q").value_or("none"); });
    site_.routes.get<"/all">([](context& c) { return shown(query(c)); });
    site_.routes.post<"/form">([](context& c) -> task<std::string> {
      const auto sent = co_await form(c);
      co_return shown(sent);
    });
    site_.routes.post<"/small">([](context& c) -> task<std::string> {
      const auto sent = co_await form(c, 10);
      co_return shown(sent);
    });
    site_.open();
  }
  parsed_answer get(const std::string& target) {
    return ask("GET " + target + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  }
  parsed_answer post(const std::string& path, const std::string& type, const std::string& body) {
    return ask("POST " + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + type +
               "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }

 private:
  parsed_answer ask(const std::string& bytes) {
    auto& client = site_.send(bytes);
    site_.run();
    return parsed_answer(client.received());
  }
  site site_;
};

TEST(Query, IsReadByName) {
  forms_site s;
  EXPECT_EQ(s.get("/value?a=1&q=x%20y&q=2").rest, "x y");
  EXPECT_EQ(s.get("/value?%71=found").rest, "found");
  EXPECT_EQ(s.get("/value?q").rest, "");
  EXPECT_EQ(s.get("/value").rest, "none");
  EXPECT_EQ(s.get("/all?b=1&a=2").rest, "b=1|a=2");
}

TEST(Query, IsRefusedWhereItIsBroken) {
  forms_site s;
  EXPECT_EQ(s.get("/value?q=%4").status, 400);
  EXPECT_EQ(s.get("/value?%=1&q=2").status, 400);
  EXPECT_EQ(s.get("/all?a=1&b=%xx").status, 400);
}

TEST(Form, IsReadFromTheBody) {
  forms_site s;
  const std::string type = "Content-Type: application/x-www-form-urlencoded\r\n";
  EXPECT_EQ(s.post("/form", type, "a=1&b=x+y").rest, "a=1|b=x y");
  EXPECT_EQ(
      s.post("/form", "Content-Type: Application/X-WWW-Form-Urlencoded ; charset=utf-8\r\n", "a=1")
          .rest,
      "a=1");
  EXPECT_EQ(s.post("/form", type, "a=%").status, 400);
  EXPECT_EQ(s.post("/small", type, "a=12345678").rest, "a=12345678");
  EXPECT_EQ(s.post("/small", type, "a=123456789").status, 413);
}

TEST(Form, OfAnotherTypeIsRefused) {
  forms_site s;
  EXPECT_EQ(s.post("/form", "", "a=1").status, 415);
  EXPECT_EQ(s.post("/form", "Content-Type: text/plain\r\n", "a=1").status, 415);
  const std::string type = "Content-Type: application/x-www-form-urlencoded\r\n";
  EXPECT_EQ(s.post("/form", type + type, "a=1").status, 400);
}

}  // namespace
}  // namespace shoal::http
