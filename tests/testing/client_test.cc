#include "shoal/testing/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "shoal/shoal.h"

namespace shoal::test {
namespace {

using namespace std::chrono_literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct counter {
  int value = 0;
};

task<std::string> nap(std::uint64_t ms) {
  co_await sleep(std::chrono::milliseconds(ms));
  co_return "slept";
}

task<std::string> echo(context& c) {
  auto in = c.body();
  auto body = co_await in.all();
  co_return body;
}

struct never_resumed {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const noexcept {}
};

task<std::string> wait_for_nothing() {
  co_await never_resumed();
  co_return "";
}

struct raise {
  static constexpr message_tag tag{"raise", 1};
  int by;
};

struct an_app : app {
  an_app() {
    on_message<raise>([](worker& self, const raise& what, sender from) {
      if (what.by == 0) throw std::runtime_error("by nothing");
      self.state<counter>().value += what.by + static_cast<int>(from.worker);
    });
    get<"/raise/{by}">(
        [](context& c, int by) { return std::to_string(c.worker().broadcast(raise{by})); });
    get<"/flood">([](context& c) {
      int sent = 0;
      while (c.worker().send(0, raise{1})) ++sent;
      return std::to_string(sent);
    });
    get<"/nobody">([](context& c) { return c.worker().send(1, raise{1}) ? "sent" : "full"; });
    state<counter>();
    get<"/">([] { return "hello\n"; });
    get<"/count">([](context& c) { return std::to_string(++c.state<counter>().value); });
    get<"/sleep/{ms}">(nap);
    get<"/never">(wait_for_nothing);
    get<"/users/{id}">([](std::uint64_t id) { return response::json(object("id", id)); });
    get<"/host">([](context& c) { return std::string(c.host()); });
    post<"/echo">(echo);
    put<"/echo">(echo);
    del<"/thing">([] { return status::no_content; });
  }
};

TEST(Client, AnswersFromMemory) {
  an_app app;
  client client(app);
  const auto r = client.get("/users/7");
  EXPECT_EQ(r.status, 200);
  EXPECT_EQ(r.body, "{\"id\":7}");
  EXPECT_EQ(r.header("content-type"), "application/json");
  EXPECT_EQ(client.get("/nowhere").status, 404);
}

TEST(Client, EveryMethodGoesItsWay) {
  an_app app;
  client client(app);
  EXPECT_EQ(client.post("/echo", "body").body, "body");
  EXPECT_EQ(client.post("/echo", "").status, 200);
  EXPECT_EQ(client.put("/echo", "put").body, "put");
  EXPECT_EQ(client.del("/thing").status, 204);
  EXPECT_EQ(client.patch("/echo", "x").status, 405);
  const auto head = client.head("/");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("Content-Length"), "6");
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(client.request("OPTIONS", "/echo").header("Allow"), "POST, PUT, OPTIONS");
  EXPECT_EQ(client.get("/host", {{"Host", "example.org"}}).body, "example.org");
}

TEST(Client, TimeIsVirtual) {
  an_app app;
  client client(app);
  EXPECT_EQ(client.get("/sleep/600000").body, "slept");
  EXPECT_GE(client.elapsed(), 600s);
  EXPECT_LT(client.elapsed(), 601s);
}

TEST(Client, AdvanceLetsTimePassAndNoMore) {
  an_app app;
  client client(app);
  auto one = client.connect();
  one.ask("GET", "/sleep/1000");
  client.advance(999ms);
  EXPECT_EQ(one.take(), "");
  client.advance(2ms);
  EXPECT_THAT(one.take(), EndsWith("\r\n\r\nslept"));
  one.ask("GET", "/");
  client.advance(0s);
  EXPECT_THAT(one.take(), EndsWith("\r\n\r\nhello\n"));
}

TEST(Client, AnIdleConnectionIsOpenedAgain) {
  an_app app;
  app.options().keep_alive_timeout = 5s;
  client client(app);
  EXPECT_EQ(client.get("/").status, 200);
  client.advance(1min);
  EXPECT_EQ(client.get("/").status, 200);
  EXPECT_EQ(client.get("/", {{"Connection", "close"}}).status, 200);
  EXPECT_EQ(client.get("/").status, 200);
}

TEST(Client, TheAppsLimitsCount) {
  an_app app;
  app.options().max_body = 10;
  client client(app);
  EXPECT_EQ(client.post("/echo", "0123456789").status, 200);
  EXPECT_EQ(client.post("/echo", "0123456789a").status, 413);
}

TEST(Client, StatesAreMadeAnewForEachClient) {
  an_app app;
  client first(app);
  EXPECT_EQ(first.get("/count").body, "1");
  EXPECT_EQ(first.get("/count").body, "2");
  client second(app);
  EXPECT_EQ(second.get("/count").body, "1");
}

TEST(Client, RawBytesGiveRawBytes) {
  an_app app;
  client client(app);
  const auto all =
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /sleep/1000 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(all, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(all, HasSubstr("hello\nHTTP/1.1 200"));
  EXPECT_THAT(all, EndsWith("slept"));
  EXPECT_THAT(client.send("nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
}

TEST(Client, SeveralConnectionsAtOnce) {
  an_app app;
  client client(app);
  auto slow = client.connect();
  auto fast = client.connect();
  slow.ask("GET", "/sleep/1000");
  slow.ask("GET", "/count");
  fast.ask("GET", "/sleep/1");
  EXPECT_EQ(fast.read().body, "slept");
  EXPECT_LT(client.elapsed(), 1s);
  EXPECT_EQ(slow.read().body, "slept");
  EXPECT_EQ(slow.read().body, "1");
  EXPECT_GE(client.elapsed(), 1s);
}

TEST(Client, APipelineKnowsWhichAnswersHaveNoBody) {
  an_app app;
  client client(app);
  auto one = client.connect();
  one.ask("HEAD", "/");
  one.ask("GET", "/");
  EXPECT_EQ(one.read().body, "");
  EXPECT_EQ(one.read().body, "hello\n");
}

TEST(Client, ABodyCanBeSentInPieces) {
  an_app app;
  client client(app);
  auto one = client.connect();
  one.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc");
  client.advance(1s);
  EXPECT_EQ(one.take(), "");
  one.send("def");
  EXPECT_EQ(one.read().body, "abcdef");
}

TEST(Client, TheEndOfAConnectionIsSeen) {
  an_app app;
  client client(app);
  auto one = client.connect();
  one.ask("GET", "/", {{"Connection", "close"}});
  EXPECT_FALSE(one.ended());
  EXPECT_EQ(one.read().status, 200);
  client.advance(0s);
  EXPECT_TRUE(one.ended());
  EXPECT_THROW((void)one.read(), std::runtime_error);
}

TEST(Client, AClientThatGoesAwayLeavesTheServerWell) {
  an_app app;
  client client(app);
  for (const auto leave : {&connection::finish, &connection::close, &connection::reset}) {
    auto one = client.connect();
    one.ask("GET", "/sleep/1000");
    client.advance(1ms);
    (one.*leave)();
    client.advance(1s);
  }
  EXPECT_EQ(client.get("/").status, 200);
}

TEST(Client, WhatIsNeverAnsweredThrowsInsteadOfHanging) {
  an_app app;
  client client(app);
  try {
    client.get("/never");
    FAIL() << "it was answered";
  } catch (const std::runtime_error& e) {
    EXPECT_THAT(e.what(), HasSubstr("waits for something that does not happen"));
  }
}

TEST(Client, RoutesInConflictAreNamed) {
  an_app app;
  app.get<"/">([] { return "again"; });
  EXPECT_THROW(client{app}, std::runtime_error);
}

TEST(Client, AWorkerGetsWhatItSendsItself) {
  an_app app;
  client client(app);
  EXPECT_EQ(client.get("/raise/5").body, "0");
  EXPECT_EQ(client.get("/raise/0").body, "0") << "what it throws harms nobody";
  EXPECT_EQ(client.get("/raise/7").body, "0");
  EXPECT_EQ(client.get("/count").body, "13");
  EXPECT_EQ(client.get("/flood").body, "1024");
  EXPECT_EQ(client.get("/count").body, "1038");
  EXPECT_EQ(client.get("/nobody").status, 500);
}

}  // namespace
}  // namespace shoal::test
