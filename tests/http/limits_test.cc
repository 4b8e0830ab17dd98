// Every limit of server_options, on both sides of its edge. Those of a head are parser_test.cc's.
#include <gtest/gtest.h>

#include "http/site.h"
#include "shoal/io/sleep.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view hello = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";

class Limits : public testing::Test, public request_observer {
 protected:
  void open(const server_options& options) {
    auto& r = site_.routes;
    r.get<"/hello">([] { return "hello"; });
    r.get<"/large">([] { return std::string(20'000'000, 'x'); });
    r.get<"/nap/{ms}">([this](std::uint64_t ms) -> task<std::string> {
      present here(alive_);
      co_await sleep(std::chrono::milliseconds(ms));
      co_return "slept";
    });
    r.post<"/echo">([](context& c) -> task<response> {
      auto in = c.body();
      auto body = co_await in.all();
      co_return response::bytes(std::move(body));
    });
    r.post<"/slow-reader">([](context& c) -> task<std::string> {
      auto in = c.body();
      for (auto piece = co_await in.next(); !piece.empty(); piece = co_await in.next()) {
        co_await sleep(20s);
      }
      co_return "read";
    });
    r.post<"/ignores">([] { return "ignored"; });
    r.get<"/address">([](context& c) { return std::string(c.remote_address()); });
    r.get<"/stream">([] {
      return response::stream("text/plain", [](body_writer& out) -> task<> {
        co_await out.write("12345");
        co_await sleep(5ms);
        co_await out.write("678");
      });
    });
    site_.open(options);
  }

  /// A client that sends `piece` again and again, `times` times.
  void drip(io::sim::peer& client, std::string_view piece, std::chrono::milliseconds each,
            int times) {
    for (int i = 0; i < times && !client.ended(); ++i) {
      client.send(piece);
      site_.pass(each);
    }
  }

  void TearDown() override {
    EXPECT_TRUE(site_.run());
    EXPECT_EQ(site_.server->counters().connections_open, 0u);
    EXPECT_EQ(site_.server->counters().requests_in_flight, 0u);
    EXPECT_EQ(alive_, 0);
  }

  void answered(const answered_request& a) noexcept override {
    const auto path = a.request == nullptr ? "-" : a.request->text(a.request->path);
    told_ += std::string(path) + " " + std::to_string(a.status) + " " +
             std::to_string(a.body_bytes) + "; ";
  }

  struct present {
    explicit present(int& counter) : count(counter) { ++count; }
    ~present() { --count; }
    present(const present&) = delete;
    present& operator=(const present&) = delete;
    int& count;
  };

  int alive_ = 0;
  std::string told_;
  site site_;
};

constexpr std::string_view upload =
    "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n";

TEST_F(Limits, ABodyBelowTheLeastRateIs408AfterItsGrace) {
  open({.min_rate = 500, .rate_grace = 5s});
  auto& client = site_.send(upload);
  drip(client, std::string(40, 'x'), 100ms, 45);  // 400 bytes a second, for 4.5 s
  EXPECT_EQ(client.received(), "");
  drip(client, std::string(40, 'x'), 100ms, 300);
  EXPECT_EQ(parsed_answer(client.received()).status, 408);
  client.close();
}

TEST_F(Limits, ABodyAboveTheLeastRateMayTakeItsTime) {
  open({.request_timeout = 1h, .min_rate = 500, .rate_grace = 5s});
  auto& client = site_.send(upload);
  drip(client, std::string(60, 'x'), 100ms, 100'000 / 60 + 1);  // 167 s
  EXPECT_EQ(parsed_answer(client.received()).status, 200);
}

TEST_F(Limits, AWholeBodyHasItsTime) {
  open({.request_timeout = 60s, .min_rate = 500});
  auto& client = site_.send(upload);
  drip(client, std::string(100, 'x'), 100ms, 590);
  EXPECT_EQ(client.received(), "");
  drip(client, std::string(100, 'x'), 100ms, 20);
  EXPECT_EQ(parsed_answer(client.received()).status, 408);
  client.close();
}

TEST_F(Limits, TheTimeInWhichAHandlerDoesNotReadIsNotItsClients) {
  open({.request_timeout = 10s, .min_rate = 500, .rate_grace = 5s});
  auto& client =
      site_.send("POST /slow-reader HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello");
  site_.pass(19s);
  client.send("world");
  site_.pass(60s);
  EXPECT_EQ(bodies_of(client.received()), "read");
}

TEST_F(Limits, AnAnswerThatNobodyTakesIsGivenUp) {
  open({.send_timeout = 30s});
  auto& client = site_.connect();
  client.pause_reading();
  client.send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(29s);
  EXPECT_EQ(site_.server->counters().connections_open, 1u);
  site_.pass(2s);
  EXPECT_EQ(site_.server->counters().connections_open, 0u);
}

TEST_F(Limits, AnAnswerThatIsSippedBelowTheLeastRateIsGivenUp) {
  open({.min_rate = 500, .send_timeout = 30s});
  auto& client = site_.connect();
  client.pause_reading();
  client.send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
  for (int s = 0; s < 60; ++s) {
    (void)client.take(400);
    site_.pass(1s);
  }
  EXPECT_EQ(site_.server->counters().connections_open, 0u);
}

TEST_F(Limits, AnAnswerThatIsTakenAboveTheLeastRateIsNot) {
  open({.min_rate = 500, .send_timeout = 30s});
  auto& client = site_.connect();
  client.pause_reading();
  client.send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
  for (int s = 0; s < 300; ++s) {
    (void)client.take(600);
    site_.pass(1s);
  }
  EXPECT_EQ(site_.server->counters().connections_open, 1u);
  client.close();
}

TEST_F(Limits, AHandlerThatIsLateIs503AndItsConnectionStays) {
  open({.handler_timeout = 100ms});
  auto& client = site_.send("GET /nap/99 HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(1s);
  EXPECT_EQ(bodies_of(client.received()), "slept");
  client.send("GET /nap/200 HTTP/1.1\r\nHost: h\r\n\r\n" + std::string(hello));
  site_.pass(110ms);
  EXPECT_EQ(alive_, 0);
  EXPECT_EQ(bodies_of(client.received()),
            "slept|" + problem_body(status::service_unavailable) + "|hello");
  EXPECT_FALSE(client.ended());
}

TEST_F(Limits, AClientThatEndsItsSideIsAnsweredOnlySoon) {
  open({.half_close_timeout = 2s});
  auto& soon = site_.send("GET /nap/1900 HTTP/1.1\r\nHost: h\r\n\r\n");
  soon.shutdown_send();
  auto& late = site_.send("GET /nap/2100 HTTP/1.1\r\nHost: h\r\n\r\n");
  late.shutdown_send();
  auto& later = site_.send("GET /nap/3000 HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(1500ms);
  later.shutdown_send();
  site_.pass(550ms);
  EXPECT_EQ(bodies_of(soon.received()), "slept");
  EXPECT_EQ(late.received(), "");
  EXPECT_EQ(alive_, 1);
  site_.pass(2s);
  EXPECT_EQ(bodies_of(later.received()), "slept");
}

TEST_F(Limits, AClientThatGoesAwayEndsItsHandler) {
  open({.half_close_timeout = 2s});
  auto& client = site_.send("GET /nap/3600000 HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(10ms);
  EXPECT_EQ(alive_, 1);
  client.close();
  site_.pass(2100ms);
  EXPECT_EQ(alive_, 0);
  auto& reset = site_.send("GET /nap/3600000 HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(10ms);
  reset.reset();
  site_.pass(10ms);
  EXPECT_EQ(alive_, 0);
}

TEST_F(Limits, AConnectionHasItsNumberOfRequests) {
  open({.max_requests = 3});
  auto& client = site_.send(std::string(hello) + std::string(hello));
  site_.pass(10ms);
  EXPECT_FALSE(client.ended());
  client.send(std::string(hello) + std::string(hello));
  site_.pass(10ms);
  EXPECT_EQ(bodies_of(client.received()), "hello|hello|hello");
  EXPECT_NE(client.received().rfind("Connection: close"), std::string::npos);
  EXPECT_TRUE(client.ended());
  EXPECT_FALSE(client.was_reset()) << "a fourth request must not destroy the third answer";
  client.close();
}

TEST_F(Limits, AnOldConnectionEndsWithItsNextAnswer) {
  open({.keep_alive_timeout = 2h, .max_connection_age = 1000s});
  auto& client = site_.send(hello);
  site_.pass(890s);
  client.send(hello);
  site_.pass(10ms);
  EXPECT_FALSE(client.ended());
  site_.pass(220s);
  EXPECT_FALSE(client.ended());
  client.send(hello);
  site_.pass(10ms);
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(bodies_of(client.received()), "hello|hello|hello");
  client.close();
}

TEST_F(Limits, OfABodyThatNobodyReadsSoMuchIsTaken) {
  open({.discarded_bytes = 1000});
  const auto ask = [&](std::size_t bytes) -> io::sim::peer& {
    auto& client =
        site_.send("POST /ignores HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(bytes) +
                   "\r\n\r\n" + std::string(bytes, 'x'));
    site_.pass(10ms);
    return client;
  };
  EXPECT_FALSE(ask(1000).ended());
  auto& more = ask(1001);
  EXPECT_TRUE(more.ended());
  EXPECT_FALSE(more.was_reset());
  more.close();
}

TEST_F(Limits, WhatAClientThatReadsNothingCanMakeUsKeepIsBounded) {
  open({.unsent_bytes = 8 * 1024});
  auto& client = site_.connect();
  client.pause_reading();
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += hello;
  client.send(many);
  site_.pass(1s);
  const auto served = site_.server->counters().requests_total;
  EXPECT_GT(served, 50u);
  EXPECT_LT(served, 1500u) << "two blocks of answers, and what the network keeps";
  client.resume_reading();
  site_.pass(5s);
  EXPECT_EQ(site_.server->counters().requests_total, 10'000u);
  client.close();
}

TEST_F(Limits, AClientsAddressIsKnown) {
  open({});
  auto& client = site_.send("GET /address HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(10ms);
  EXPECT_EQ(bodies_of(client.received()), "10.0.0.0");
}

TEST_F(Limits, EveryAnswerIsToldToTheObserverOnce) {
  open({.observer = this});
  auto& client = site_.send(std::string(hello) + "HEAD /hello HTTP/1.1\r\nHost: h\r\n\r\n" +
                            "GET /nap/1 HTTP/1.1\r\nHost: h\r\n\r\n" +
                            "GET /stream HTTP/1.1\r\nHost: h\r\n\r\nnonsense\r\n");
  site_.pass(1s);
  EXPECT_EQ(told_, "/hello 200 5; /hello 200 0; /nap/1 200 5; /stream 200 8; - 400 58; ")
      << client.received();
  told_.clear();
  auto& gone = site_.send("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(2ms);
  gone.reset();
  site_.pass(1s);
  EXPECT_EQ(told_, "/stream 200 5; ");
  client.close();
}

}  // namespace
}  // namespace shoal::http
