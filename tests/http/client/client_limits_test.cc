// The client's time limits, in virtual time.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "scene.h"
#include "shoal/io/sleep.h"

namespace shoal::http {
namespace {

/// What a request gives, and how long it takes.
struct timed {
  string heard;
  nanoseconds took{};
};

timed time_of(scene& s, const client& api, method verb = method::get, request_body body = {}) {
  timed t;
  const auto began = s.l.now();
  s.all.start([&, verb]() -> task<> {
    t.heard = co_await outcome_of(api, verb, std::move(body));
    t.took = s.l.now() - began;
  });
  s.run();
  return t;
}

/// At least the limit, and at most a millisecond and some turns more.
void expect_timeout(const timed& t, nanoseconds limit) {
  EXPECT_EQ(t.heard, "timeout");
  EXPECT_GE(t.took, limit);
  EXPECT_LE(t.took, limit + 5ms);
}

/// Sends a byte each `pause`, beginning now.
void drip(scene& s, peer& to, const string& text, nanoseconds pause) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    s.w.after(pause * i, [&to, byte = text.substr(i, 1)] { to.send(byte); });
  }
}

TEST(client_limits_test, ASilentServerIsLeft) {
  const std::pair<string, string> parts[] = {{"", ""}, {good.substr(0, 40), "lo"}};
  for (const auto& [first, rest] : parts) {
    scene s;
    client_options o;
    o.first_byte_limit = 2s;
    o.between_bytes_limit = 3s;
    const client api(s.url, o);
    s.answer = [&, &begun = first](peer& p, std::size_t) { p.send(begun); };
    expect_timeout(time_of(s, api), first.empty() ? 2s : 3s);
  }
}

TEST(client_limits_test, AHeadThatDripsDoesNotMoveItsLimit) {
  for (const string& interim : {string(), string("HTTP/1.1 102 Wait\r\n\r\n")}) {
    scene s;
    client_options o;
    o.first_byte_limit = 2s;
    const client api(s.url, o);
    s.answer = [&](peer& p, std::size_t) { drip(s, p, interim + good, 100ms); };
    expect_timeout(time_of(s, api), 2s);
  }
}

TEST(client_limits_test, TheFirstByteIsWaitedForOnceTheRequestHasBeenSent) {
  scene s;
  s.until = "END";
  client_options o;
  o.first_byte_limit = 2s;
  const client api(s.url, o);
  s.answer = [](peer& p, std::size_t) { p.send(good); };
  const auto produce = [](body_sink& out) -> task<> {
    co_await sleep(10s);
    co_await out.write("END");
  };
  EXPECT_EQ(time_of(s, api, method::post, request_body::stream(produce)).heard, "200 hello");
}

TEST(client_limits_test, AConnectionThatIsNotMadeIsATimeout) {
  scene s;
  client_options o;
  o.connect_limit = 2s;
  o.connect_to = tcp::address({s.w.silent_address(), sizeof(sockaddr_in)}).text();
  const client api(s.url, o);
  expect_timeout(time_of(s, api), 2s);
  EXPECT_EQ(s.w.open_sockets(), 1U);
}

TEST(client_limits_test, AServerThatTakesNothingIsLeft) {
  scene s;
  client_options o;
  o.between_bytes_limit = 2s;
  const client api(s.url, o);
  s.answer = [](peer& p, std::size_t) { p.pause_reading(); };
  expect_timeout(time_of(s, api, method::post, string(1'000'000, 'x')), 2s);
  EXPECT_EQ(s.w.open_sockets(), 1U);
}

TEST(client_limits_test, TheTotalLimitEndsWhateverTheRequestIsAt) {
  const auto limited = [] {
    client_options o;
    o.total_limit = 2s;
    o.between_bytes_limit = 500ms;
    return o;
  };
  const std::pair<const char*, std::function<void(scene&, peer&)>> acts[] = {
      {"the head", [](scene& s, peer& p) { drip(s, p, good, 300ms); }},
      {"the body",
       [](scene& s, peer& p) {
         p.send("HTTP/1.1 200 OK\r\n\r\n");
         drip(s, p, string(20, 'x'), 300ms);
       }},
      {"silence", [](scene&, peer&) {}},
  };
  for (const auto& [name, act] : acts) {
    SCOPED_TRACE(name);
    scene s;
    const client api(s.url, limited());
    s.answer = [&, &does = act](peer& p, std::size_t) { does(s, p); };
    expect_timeout(time_of(s, api), 2s);
  }
  {
    SCOPED_TRACE("connecting");
    scene s;
    auto o = limited();
    o.connect_to = tcp::address({s.w.silent_address(), sizeof(sockaddr_in)}).text();
    const client api(s.url, o);
    expect_timeout(time_of(s, api), 2s);
  }
  {
    SCOPED_TRACE("a producer that sleeps");
    scene s;
    const client api(s.url, limited());
    const auto produce = [](body_sink&) -> task<> { co_await sleep(1h); };
    expect_timeout(time_of(s, api, method::post, request_body::stream(produce)), 2s);
    EXPECT_EQ(s.w.open_sockets(), 1U);
  }
}

/// Whoever takes slowly what comes fast never waits for a byte.
TEST(client_limits_test, TheTotalLimitEndsABodyThatNeverPausesToo) {
  scene s;
  client_options o;
  o.total_limit = 2s;
  const client api(s.url, o);
  s.answer = [&](peer& p, std::size_t) {
    p.send("HTTP/1.1 200 OK\r\n\r\n");
    drip(s, p, string(5'000, 'x'), 1ms);
  };
  string heard;
  const auto began = s.l.now();
  nanoseconds took{};
  s.all.start([&]() -> task<> {
    try {
      auto r = co_await api.get("/x");
      while (!(co_await r.next()).empty()) co_await sleep(5ms);
    } catch (const client_error& failed) {
      heard = failed.what();
    }
    took = s.l.now() - began;
  });
  s.run();
  EXPECT_NE(heard, "");
  EXPECT_LE(took, 2s + 10ms);
}

TEST(client_limits_test, TheTotalLimitCountsTheQueueToo) {
  scene s;
  client_options o;
  o.max_connections = 1;
  o.total_limit = 2s;
  const client api(s.url, o);
  s.answer = [](peer&, std::size_t) {};
  std::vector<timed> all(2);
  const auto began = s.l.now();
  for (timed& t : all) {
    s.all.start([&]() -> task<> {
      t.heard = co_await outcome_of(api, method::get);
      t.took = s.l.now() - began;
    });
  }
  s.run();
  for (const timed& t : all) {
    EXPECT_TRUE(t.heard == "timeout" || t.heard == "busy") << t.heard;
    EXPECT_GE(t.took, 2s);
    EXPECT_LE(t.took, 2s + 5ms);
  }
}

}  // namespace
}  // namespace shoal::http
