// The client against scripted servers, in virtual time. Its time limits are in
// client_limits_test.cc, what networks do to it in client_faults_test.cc.
#include "shoal/http/client.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "scene.h"
#include "shoal/io/sleep.h"

namespace shoal::http {
namespace {

TEST(client_test, AnAnswerIsReadAndItsConnectionServesTheNextRequest) {
  scene s;
  const client api(s.url);
  s.answer = [](peer& p, std::size_t) { p.send(good); };
  std::vector<string> heard;
  std::size_t idle = 0;
  s.all.start([&]() -> task<> {
    for (int i = 0; i < 3; ++i) heard.push_back(co_await outcome_of(api, method::get));
    idle = api.connections().idle;
  });
  s.run();
  EXPECT_EQ(heard, std::vector<string>(3, "200 hello"));
  EXPECT_EQ(s.visits, 1);
  EXPECT_EQ(idle, 1U);
  EXPECT_EQ(s.requests[0], "GET /x HTTP/1.1\r\nHost: " + s.url.substr(7) + "\r\n\r\n");
  EXPECT_EQ(s.w.open_sockets(), 1U) << "it is closed when it has been idle for long enough";
}

TEST(client_test, AnswersOfEveryFramingMayBeCutAnywhere) {
  const std::pair<string, string> answers[] = {
      {good, "200 hello"},
      {"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + good, "200 hello"},
      {"HTTP/1.1 404 x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;a=b\r\nllo\r\n0\r\nT: "
       "v\r\n\r\n",
       "404 hello"},
      {"HTTP/1.1 204 x\r\n\r\n", "204 "},
      {"HTTP/1.1 500 x\r\n\r\nto the end", "500 to the end"},
  };
  for (const auto& [text, expected] : answers) {
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      scene s;
      const client api(s.url);
      s.answer = [&, &all_of = text](peer& p, std::size_t) {
        p.send(all_of.substr(0, cut));
        s.w.after(5ms, [&p, rest = all_of.substr(cut), close = all_of.find("500") != string::npos] {
          p.send(rest);
          if (close) p.close();
        });
      };
      string heard;
      s.all.start([&]() -> task<> { heard = co_await outcome_of(api, method::get); });
      s.run();
      ASSERT_EQ(heard, expected) << cut;
    }
  }
}

TEST(client_test, AServerThatEndsAtAnyByteGivesAnErrorAndNoAnswer) {
  for (const bool reset : {false, true}) {
    for (std::size_t cut = 0; cut < good.size(); ++cut) {
      scene s;
      const client api(s.url);
      s.answer = [&](peer& p, std::size_t) {
        p.send(good.substr(0, cut));
        s.w.after(1ms, [&p, reset] { reset ? p.reset() : p.close(); });
      };
      string heard;
      s.all.start([&]() -> task<> { heard = co_await outcome_of(api, method::get); });
      s.run();
      ASSERT_EQ(heard, "broken") << cut;
      EXPECT_EQ(s.w.open_sockets(), 1U);
      EXPECT_EQ(s.requests.size(), 1U) << "a fresh connection is not tried again";
    }
  }
}

TEST(client_test, AStaleConnectionIsTriedAgainOnlyForIdempotentMethods) {
  for (const method verb : {method::get, method::put, method::del, method::post, method::patch}) {
    scene s;
    const client api(s.url);
    s.answer = [](peer& p, std::size_t n) { n == 2 ? p.close() : p.send(good); };
    string first;
    string second;
    s.all.start([&]() -> task<> {
      first = co_await outcome_of(api, verb);
      second = co_await outcome_of(api, verb);
    });
    s.run();
    const bool idempotent = verb != method::post && verb != method::patch;
    EXPECT_EQ(first, "200 hello");
    EXPECT_EQ(second, idempotent ? "200 hello" : "broken");
    EXPECT_EQ(s.requests.size(), idempotent ? 3U : 2U);
  }
}

/// The first attempt's sender waits for room in a connection that is gone: it must not speak for
/// the second one when its time is up.
TEST(client_test, WhatIsLeftOfAStaleAttemptDoesNotEndTheNextOne) {
  for (const bool resets : {false, true}) {
    scene s;
    client_options o;
    o.between_bytes_limit = 5s;
    o.first_byte_limit = 60s;
    const client api(s.url, o);
    s.answer = [&](peer& p, std::size_t n) {
      if (n != 2) return s.w.after(n == 1 ? 0s : 20s, [&p] { p.send(good); });
      p.pause_reading();
      s.w.after(1ms, [&p, resets] { resets ? p.reset() : p.shutdown_send(); });
    };
    string first;
    string second;
    s.all.start([&]() -> task<> {
      first = co_await outcome_of(api, method::get);
      second = co_await outcome_of(api, method::put, string(1'000'000, 'x'));
    });
    s.run();
    EXPECT_EQ(first, "200 hello");
    EXPECT_EQ(second, "200 hello");
    EXPECT_EQ(s.requests.size(), 3U);
    EXPECT_EQ(s.w.open_sockets(), 1U);
  }
}

/// The sender waits to write for longer than the connection lives.
TEST(client_test, AnAnswerBeforeTheRequestsEndLeavesNothingBehind) {
  scene s;
  client_options o;
  o.between_bytes_limit = 5s;
  const client api(s.url, o);
  s.answer = [](peer& p, std::size_t) {
    p.pause_reading();
    p.send("HTTP/1.1 413 x\r\nContent-Length: 0\r\n\r\n");
  };
  int status = 0;
  s.all.start([&]() -> task<> {
    auto r = co_await api.put("/x", string(1'000'000, 'x'));
    status = r.status();
    (void)co_await r.all();
    co_await sleep(1min);
  });
  s.run();
  EXPECT_EQ(status, 413);
  EXPECT_EQ(s.w.open_sockets(), 1U);
}

TEST(client_test, AnIdleConnectionThatTheServerTouchesIsClosed) {
  for (const bool speaks : {false, true}) {
    scene s;
    const client api(s.url);
    s.answer = [&](peer& p, std::size_t) {
      p.send(good);
      s.w.after(100ms, [&p, speaks] { speaks ? p.send("HTTP/1.1 200 OK\r\n") : p.close(); });
    };
    std::size_t open = 1;
    string second;
    s.all.start([&]() -> task<> {
      (void)co_await outcome_of(api, method::get);
      co_await sleep(1s);
      open = api.connections().connections;
      second = co_await outcome_of(api, method::post);
    });
    s.run();
    EXPECT_EQ(open, 0U);
    EXPECT_EQ(second, "200 hello");
    EXPECT_EQ(s.visits, 2);
  }
}

TEST(client_test, AnIdleConnectionMayBeKeptForEver) {
  scene s;
  client_options o;
  o.idle_limit = nanoseconds::max();
  const client api(s.url, o);
  s.answer = [](peer& p, std::size_t) { p.send(good); };
  s.all.start([&]() -> task<> {
    (void)co_await outcome_of(api, method::get);
    co_await sleep(1h);
    (void)co_await outcome_of(api, method::get);
  });
  s.run();
  EXPECT_EQ(s.requests.size(), 2U);
  EXPECT_EQ(s.visits, 1);
}

TEST(client_test, TooManyRequestsWaitInTurnAndNotForEver) {
  scene s;
  client_options few;
  few.max_connections = 1;
  few.max_waiting = 2;
  few.queue_limit = 250ms;
  const client api(s.url, few);
  s.answer = [&](peer& p, std::size_t) { s.w.after(200ms, [&p] { p.send(good); }); };
  std::vector<string> heard(4);
  for (std::size_t i = 0; i < heard.size(); ++i) {
    s.all.start([&, i]() -> task<> { heard[i] = co_await outcome_of(api, method::get); });
  }
  s.run();
  EXPECT_EQ(heard, (std::vector<string>{"200 hello", "200 hello", "busy", "busy"}));
  EXPECT_EQ(s.visits, 1);
}

TEST(client_test, WhereNobodyListensThereIsNoAnswer) {
  scene s;
  const client api("http://10.255.255.254:0");
  string heard;
  s.all.start([&]() -> task<> { heard = co_await outcome_of(api, method::get); });
  s.run();
  EXPECT_EQ(heard, "connect");
}

TEST(client_test, RequestBodiesGoOutWholeOrInPieces) {
  scene s;
  s.until = "END";
  const client api(s.url);
  s.answer = [](peer& p, std::size_t) { p.send(good); };
  const auto produce = [](body_sink& out) -> task<> {
    co_await out.write("one ");
    co_await sleep(1ms);
    co_await out.write("END");
  };
  std::vector<string> heard;
  s.all.start([&]() -> task<> {
    heard.push_back(co_await outcome_of(api, method::post, "text END"));
    heard.push_back(co_await outcome_of(api, method::post, request_body::stream(7, produce)));
    heard.push_back(co_await outcome_of(api, method::post, request_body::stream(produce)));
  });
  s.run();
  EXPECT_EQ(heard, std::vector<string>(3, "200 hello"));
  const auto ends = [&](std::size_t i, const string& with) {
    EXPECT_TRUE(s.requests[i].ends_with(with)) << s.requests[i];
  };
  ends(0, "Content-Length: 8\r\n\r\ntext END");
  ends(1, "Content-Length: 7\r\n\r\none END");
  EXPECT_NE(s.requests[2].find("chunked\r\n\r\n4\r\none \r\n3\r\nEND"), string::npos);
}

TEST(client_test, WhatAProducerThrowsComesOutOfTheRequest) {
  scene s;
  const client api(s.url);
  string text;
  s.all.start([&]() -> task<> {
    auto body = request_body::stream([](body_sink& out) -> task<> {
      co_await out.write("begun");
      throw std::runtime_error("no more");
    });
    try {
      auto r = co_await api.post("/x", std::move(body));
    } catch (const std::runtime_error& failed) {
      text = failed.what();
    }
  });
  s.run();
  EXPECT_EQ(text, "no more");
  EXPECT_EQ(s.w.open_sockets(), 1U);
}

TEST(client_test, ABodyBeyondTheLimitIsAnError) {
  scene s;
  client_options o;
  o.max_body = 4;
  const client api(s.url, o);
  s.answer = [](peer& p, std::size_t) { p.send(good); };
  string heard;
  s.all.start([&]() -> task<> { heard = co_await outcome_of(api, method::get); });
  s.run();
  EXPECT_EQ(heard, "too_large");
}

TEST(client_test, FramesMayBeDestroyedAtEachTurn) {
  for (int turns = 0; turns < 40; ++turns) {
    scene s;
    client_options o;
    o.max_connections = 2;
    const client api(s.url, o);
    s.answer = [](peer& p, std::size_t n) { n % 3 == 0 ? p.close() : p.send(good); };
    for (int i = 0; i < 4; ++i) {
      s.all.start([&]() -> task<> {
        for (int n = 0; n < 3; ++n) (void)co_await outcome_of(api, method::put, "body");
      });
    }
    for (int i = 0; i < turns; ++i) s.l.run_turn(s.l.now() + 1ms);
    s.all.destroy();
    s.run();
    EXPECT_EQ(s.w.open_sockets(), 1U) << turns;
  }
}

TEST(client_test, WhatCannotBeSentIsRefusedWhereItIsWritten) {
  for (const char* url : {"", "https://h", "http://", "http://h/path", "http://h:", "h:80"}) {
    EXPECT_THROW(client{url}, std::invalid_argument) << url;
  }
  for (const char* name : {"Content-Length", "transfer-encoding", "Connection", "a b", "", "TE"}) {
    EXPECT_THROW(request_fields({{name, "x"}}), std::invalid_argument) << name;
  }
  EXPECT_THROW(request_fields({{"x", "a\r\nb: c"}}), std::invalid_argument);
  EXPECT_THROW(request_fields({{"Host", "a"}, {"host", "b"}}), std::invalid_argument);
}

}  // namespace
}  // namespace shoal::http
