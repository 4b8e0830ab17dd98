#include "shoal/http/hooks.h"

#include <gtest/gtest.h>

#include "http/site.h"
#include "shoal/http/error.h"
#include "shoal/io/sleep.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;

class Hooks : public testing::Test {
 protected:
  parsed_answer ask(std::string_view verb, std::string_view path) {
    if (!site_.server) site_.open();
    auto& client = site_.send(std::string(verb) + " " + std::string(path) +
                              " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    site_.pass(100ms);
    return parsed_answer(client.received());
  }
  parsed_answer get(std::string_view path) { return ask("GET", path); }

  /// Notes what runs, in order.
  void trace(auto& scope, std::string name) {
    scope.before([this, name](context&) -> std::optional<response> {
      seen_ += "<" + name;
      return std::nullopt;
    });
    scope.after([this, name](context&, response&) { seen_ += name + ">"; });
    scope.use([this, name](context&, next inner) -> task<response> {
      seen_ += "(" + name;
      auto answer = co_await inner();
      seen_ += name + ")";
      co_return answer;
    });
  }

  site site_;
  std::string seen_;
};

TEST_F(Hooks, RunOutermostFirstAndBackInReverse) {
  auto api = site_.routes.group<"/api">();
  auto v1 = api.group<"/v1">();
  v1.get<"/x">([this] {
    seen_ += "x";
    return "answer";
  });
  trace(v1, "v");
  trace(site_.routes, "r");
  trace(api, "a");
  EXPECT_EQ(get("/api/v1/x").rest, "answer");
  EXPECT_EQ(seen_, "<r<a<v(r(a(vxv)a)r)v>a>r>");
}

TEST_F(Hooks, OfAGroupLeaveOtherRoutesAlone) {
  auto api = site_.routes.group<"/api">();
  api.after([](context&, response& r) { r.header("X-Api", "1"); });
  api.get<"/x">([] { return "in"; });
  site_.routes.get<"/x">([] { return "out"; });
  EXPECT_TRUE(get("/api/x").has("X-Api: 1"));
  EXPECT_FALSE(get("/x").has("X-Api: 1"));
}

TEST_F(Hooks, AGroupsParametersComeFirst) {
  auto shop = site_.routes.group<"/shops/{shop}">();
  shop.get<"/items/{id}">(
      [](std::string shop_name, int id) { return shop_name + ":" + std::to_string(id); });
  EXPECT_EQ(get("/shops/a%20b/items/7").rest, "a b:7");
  EXPECT_EQ(get("/shops/a/items/x").status, 404);
}

TEST_F(Hooks, AnAnswerFromBeforeKeepsTheHandlerFromRunning) {
  bool ran = false;
  site_.routes.before([](context& c) -> std::optional<response> {
    if (c.path() == "/closed") return problem(status::forbidden, "closed");
    return std::nullopt;
  });
  site_.routes.after([](context&, response& r) { r.header("X-After", "1"); });
  site_.routes.get<"/closed">([&ran] {
    ran = true;
    return "open";
  });
  const auto got = get("/closed");
  EXPECT_EQ(got.status, 403);
  EXPECT_TRUE(got.has("X-After: 1"));
  EXPECT_FALSE(ran);
}

TEST_F(Hooks, AfterSeesWhatAHandlerThrewAsItsAnswer) {
  std::string seen;
  site_.routes.after([&](context&, response& r) { seen += std::to_string(r.code()) + " "; });
  site_.routes.get<"/plain">([]() -> std::string { throw http_error(status::conflict, "taken"); });
  site_.routes.get<"/later">([]() -> task<std::string> {
    co_await sleep(1ms);
    throw http_error(status::gone, "too late");
  });
  EXPECT_EQ(get("/plain").status, 409);
  EXPECT_EQ(get("/later").rest, problem_body(status::gone, "too late"));
  EXPECT_EQ(seen, "409 410 ");
}

TEST_F(Hooks, OfTheAppSeeWhatNoRouteAnswers) {
  int seen = 0;
  site_.routes.after([&seen](context&, response& r) {
    ++seen;
    r.header("X-Seen", std::to_string(r.code()));
  });
  site_.routes.get<"/x">([] { return "x"; });
  site_.routes.get<"/n/{id}">([](int) { return "n"; });
  site_.routes.get<"/names/{name}">([](std::string_view name) { return std::string(name); });
  site_.routes.get<"/later/{name}">([](std::string name) -> task<std::string> { co_return name; });
  EXPECT_TRUE(get("/nowhere").has("X-Seen: 404"));
  EXPECT_TRUE(get("/n/word").has("X-Seen: 404"));
  EXPECT_TRUE(get("/names/a%00").has("X-Seen: 404"));
  EXPECT_TRUE(get("/later/a%00").has("X-Seen: 404"));
  EXPECT_TRUE(ask("DELETE", "/x").has("X-Seen: 405"));
  EXPECT_TRUE(ask("OPTIONS", "/x").has("X-Seen: 204"));
  EXPECT_EQ(seen, 6);
}

TEST_F(Hooks, AnOnionMayWaitAnswerAloneAndCatch) {
  auto slow = site_.routes.group<"/slow">();
  slow.use([](context&, next inner) -> task<response> {
    co_await sleep(5ms);
    auto answer = co_await inner();
    co_await sleep(5ms);
    co_return std::move(answer.header("X-Waited", "10"));
  });
  slow.get<"/x">([] { return "x"; });
  auto alone = site_.routes.group<"/alone">();
  alone.use([](context&, next) -> task<response> { co_return response::text("alone"); });
  alone.get<"/x">([]() -> std::string { throw std::logic_error("never asked"); });
  auto safe = site_.routes.group<"/safe">();
  safe.use([](context&, next inner) -> task<response> {
    bool failed = false;
    response answer;
    try {
      answer = co_await inner();
    } catch (const std::runtime_error&) {
      failed = true;
    }
    if (failed) answer = response::text("caught");
    co_return answer;
  });
  safe.get<"/x">([]() -> std::string { throw std::runtime_error("thrown"); });
  EXPECT_TRUE(get("/slow/x").has("X-Waited: 10"));
  EXPECT_EQ(get("/alone/x").rest, "alone");
  EXPECT_EQ(get("/safe/x").rest, "caught");
}

TEST_F(Hooks, ThatThrowAre500) {
  auto before = site_.routes.group<"/before">();
  before.before([](context&) -> std::optional<response> { throw std::runtime_error("in a hook"); });
  before.get<"/x">([] { return "x"; });
  EXPECT_EQ(get("/before/x").status, 500);
}

TEST_F(Hooks, LeaveValuesForTheHandlerOfThisRequestOnly) {
  struct user {
    std::string name;
  };
  site_.routes.before([](context& c) -> std::optional<response> {
    if (!c.query().empty()) c.set(user{std::string(c.query())});
    return std::nullopt;
  });
  const auto name_of = [](context& c) {
    const auto* known = c.get<user>();
    return known == nullptr ? std::string("nobody") : known->name;
  };
  site_.routes.get<"/plain">(name_of);
  site_.routes.get<"/later">([=](context& c) -> task<std::string> {
    co_await sleep(1ms);
    co_return name_of(c);
  });
  for (const auto* path : {"/plain", "/later"}) {
    EXPECT_EQ(get(std::string(path) + "?ada").rest, "ada");
    EXPECT_EQ(get(path).rest, "nobody");
  }
}

TEST_F(Hooks, GiveTheRequestAnIdFromFurtherOut) {
  site_.routes.before([](context& c) -> std::optional<response> {
    c.set_request_id("from-the-front");
    return std::nullopt;
  });
  site_.routes.get<"/id">([](context& c) { return c.request_id(); });
  site_.routes.get<"/bad">([](context& c) {
    c.set_request_id("line\nbreak");
    return "never";
  });
  EXPECT_EQ(get("/id").rest, "from-the-front");
  EXPECT_EQ(get("/bad").status, 500);
}

TEST_F(Hooks, AGroupsPrefixMustBeOne) {
  std::string problem;
  auto bad = site_.routes.group<"/api/">();
  bad.get<"/x">([] { return "x"; });
  EXPECT_EQ(site_.routes.freeze(problem), nullptr);
  EXPECT_NE(problem.find("\"/api/\""), std::string::npos) << problem;
}

}  // namespace
}  // namespace shoal::http
