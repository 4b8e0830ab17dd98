// What one connection promises, on a perfect network. Faults are connection_sim_test.cc's.
#include "http/connection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "http/site.h"
#include "shoal/http/error.h"
#include "shoal/io/sleep.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;

task<response> echo(context& c) {
  auto in = c.body();
  auto body = co_await in.all();
  co_return response::bytes(std::move(body));
}

task<std::string> count_pieces(context& c) {
  auto in = c.body();
  std::size_t bytes = 0;
  for (auto piece = co_await in.next(); !piece.empty(); piece = co_await in.next()) {
    bytes += piece.size();
    co_await sleep(1ms);
  }
  co_return std::to_string(bytes);
}

struct alive {
  explicit alive(int& counter) : count(counter) { ++count; }
  ~alive() { --count; }
  alive(const alive&) = delete;
  alive& operator=(const alive&) = delete;
  int& count;
};
int handlers_alive = 0;

task<std::string> nap(std::uint64_t ms) {
  alive here(handlers_alive);
  co_await sleep(std::chrono::milliseconds(ms));
  co_return "slept " + std::to_string(ms);
}

class Connection : public testing::Test {
 protected:
  void open(const server_options& options = {}) {
    auto& r = site_.routes;
    r.get<"/hello">([] { return "hello"; });
    r.get<"/users/{id}">([](std::uint64_t id) { return "user " + std::to_string(id); });
    r.get<"/names/{name}">([](std::string_view name) { return std::string(name); });
    r.get<"/large">([] { return std::string(200'000, 'x'); });
    r.get<"/large-response">([] { return response::bytes(std::string(200'000, 'y')); });
    r.get<"/throws">([]() -> std::string { throw std::runtime_error("a secret"); });
    r.get<"/refuses">([]() -> std::string { throw http_error(status::conflict, "taken"); });
    r.get<"/nap/{ms}">(nap);
    r.get<"/throws-later">([]() -> task<std::string> {
      co_await sleep(1ms);
      throw http_error(status::gone, "too late");
    });
    r.get<"/no-content">([] { return status::no_content; });
    r.get<"/header/{name}">([](context& c, std::string_view name) {
      return std::string(c.header(name).value_or("none"));
    });
    r.post<"/echo">(echo);
    r.post<"/count">(count_pieces);
    r.post<"/ignores">([] { return "ignored"; });
    site_.open(options);
  }

  /// The bytes that a client gets who sends `request` and waits a while.
  std::string ask(std::string_view request) {
    auto& client = site_.send(request);
    site_.pass(100ms);
    return client.received();
  }
  parsed_answer answer_to(std::string_view request) { return parsed_answer(ask(request)); }

  void TearDown() override {
    if (!site_.server) return;
    EXPECT_TRUE(site_.run()) << "the server never comes to rest";
    EXPECT_EQ(site_.server->counters().connections_open, 0u);
    EXPECT_EQ(site_.server->counters().requests_in_flight, 0u);
    EXPECT_EQ(site_.server->counters().unserved, 0u);
    EXPECT_EQ(site_.world.open_sockets(), 1u) << "all but the listener are closed";
    EXPECT_EQ(handlers_alive, 0);
  }

  site site_;
};

TEST_F(Connection, AnswersWithStatusDateTypeAndLength) {
  open();
  const auto got = answer_to("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(got.status, 200);
  EXPECT_TRUE(got.has("Content-Type: text/plain"));
  EXPECT_TRUE(got.has("Content-Length: 5"));
  EXPECT_NE(got.head.find("Date: "), std::string::npos);
  EXPECT_EQ(got.head.find("Connection"), std::string::npos) << "persistence is HTTP/1.1's default";
  EXPECT_EQ(got.rest, "hello");
}

TEST_F(Connection, IsUnservedUntilItsFirstRequestBeginsOrItCloses) {
  open();
  auto& first = site_.send("GET /hello HTTP/1.1\r\nHost:");
  auto& second = site_.connect();
  site_.pass(10ms);
  EXPECT_EQ(site_.server->counters().unserved, 2u);
  first.send(" h\r\n\r\n");
  site_.pass(10ms);
  EXPECT_EQ(site_.server->counters().unserved, 1u);
  second.close();
  site_.pass(10ms);
  EXPECT_EQ(site_.server->counters().unserved, 0u);
  EXPECT_EQ(site_.server->counters().connections_open, 1u);
}

TEST_F(Connection, ServesTheNextRequestOnTheSameConnection) {
  open();
  auto& client = site_.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(10ms);
  client.send("GET /users/7 HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(10ms);
  EXPECT_EQ(bodies_of(client.received()), "hello|user 7");
  EXPECT_FALSE(client.ended());
}

TEST_F(Connection, AnswersPipelinedRequestsInOrderAndInOneSend) {
  open();
  std::string requests;
  for (int i = 0; i < 16; ++i) {
    requests += "GET /users/" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  }
  auto& client = site_.connect();
  site_.pass(10ms);
  const auto before = site_.loop.io().counters().submissions;
  client.send(requests);
  site_.pass(10ms);
  EXPECT_EQ(site_.loop.io().counters().submissions - before, 1u);
  std::string expected;
  for (int i = 0; i < 16; ++i) expected += (i ? "|user " : "user ") + std::to_string(i);
  EXPECT_EQ(bodies_of(client.received()), expected);
}

TEST_F(Connection, ReadsARequestThatComesByteByByte) {
  open();
  auto& client = site_.connect();
  for (const char c : std::string_view("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n")) {
    client.send({&c, 1});
    site_.pass(1ms);
  }
  EXPECT_EQ(bodies_of(client.received()), "hello");
}

TEST_F(Connection, ClosesAfterTheAnswerWhenAskedTo) {
  open();
  auto& client = site_.send("GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  site_.pass(10ms);
  EXPECT_TRUE(parsed_answer(client.received()).has("Connection: close"));
  EXPECT_TRUE(client.ended());
  EXPECT_FALSE(client.was_reset());
}

TEST_F(Connection, AnOldClientIsClosedUnlessItAsksToStay) {
  open();
  auto& leaves = site_.send("GET /hello HTTP/1.0\r\n\r\n");
  auto& stays = site_.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  site_.pass(10ms);
  EXPECT_TRUE(leaves.ended());
  EXPECT_FALSE(stays.ended());
  EXPECT_TRUE(parsed_answer(stays.received()).has("Connection: keep-alive"));
}

TEST_F(Connection, HeadHasTheHeadOfGetAndNoBody) {
  open();
  const auto got = answer_to("HEAD /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(got.status, 200);
  EXPECT_TRUE(got.has("Content-Length: 5"));
  EXPECT_EQ(got.rest, "");
  EXPECT_EQ(answer_to("HEAD /large HTTP/1.1\r\nHost: h\r\n\r\n").rest, "");
  EXPECT_EQ(answer_to("HEAD /nap/1 HTTP/1.1\r\nHost: h\r\n\r\n").rest, "");
  EXPECT_EQ(answer_to("HEAD /nowhere HTTP/1.1\r\nHost: h\r\n\r\n").rest, "");
}

TEST_F(Connection, AnUnknownPathIs404AndTheConnectionStays) {
  open();
  auto& client =
      site_.send("GET /nowhere HTTP/1.1\r\nHost: h\r\n\r\nGET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(10ms);
  EXPECT_EQ(parsed_answer(client.received()).status, 404);
  EXPECT_EQ(bodies_of(client.received()), problem_body(status::not_found) + "|hello");
}

TEST_F(Connection, AParameterThatDoesNotFitIs404) {
  open();
  for (const auto* id : {"abc", "-1", "18446744073709551616", "1x", "+1", ""}) {
    EXPECT_EQ(answer_to("GET /users/" + std::string(id) + " HTTP/1.1\r\nHost: h\r\n\r\n").status,
              404)
        << id;
  }
  EXPECT_EQ(answer_to("GET /users/18446744073709551615 HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
  EXPECT_EQ(answer_to("GET /nap/soon HTTP/1.1\r\nHost: h\r\n\r\n").status, 404);
}

TEST_F(Connection, ParametersAreDecodedAndSlashesInThemStayInside) {
  open();
  EXPECT_EQ(answer_to("GET /names/a%20b%2Fc HTTP/1.1\r\nHost: h\r\n\r\n").rest, "a b/c");
  EXPECT_EQ(answer_to("GET /names/a%00b HTTP/1.1\r\nHost: h\r\n\r\n").status, 404);
}

TEST_F(Connection, AWrongMethodIs405AndSaysWhichAreAllowed) {
  open();
  const auto got = answer_to("DELETE /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(got.status, 405);
  EXPECT_TRUE(got.has("Allow: GET, HEAD, OPTIONS")) << got.head;
}

TEST_F(Connection, OptionsSaysWhatIsAllowedForAPathAndForTheServer) {
  open();
  const auto path = answer_to("OPTIONS /echo HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(path.status, 204);
  EXPECT_TRUE(path.has("Allow: POST, OPTIONS")) << path.head;
  EXPECT_EQ(answer_to("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").status, 204);
}

TEST_F(Connection, WhatIsNoRequestIsRefusedAndTheConnectionClosed) {
  open();
  const std::pair<const char*, int> cases[] = {
      {"GET /hello HTTP/1.1\r\n\r\n", 400},
      {"GET /hello HTTP/1.1\nHost: h\n\n", 400},
      {"GET /hello HTTP/2.0\r\nHost: h\r\n\r\n", 505},
      {"BREW /hello HTTP/1.1\r\nHost: h\r\n\r\n", 501},
      {"\x16\x03\x01", 400},
  };
  for (const auto& [request, status] : cases) {
    auto& client = site_.send(request);
    site_.pass(10ms);
    const parsed_answer got(client.received());
    EXPECT_EQ(got.status, status) << request;
    EXPECT_TRUE(got.has("Connection: close"));
    EXPECT_TRUE(client.ended());
    client.close();
  }
}

TEST_F(Connection, NothingIsServedBehindARefusedRequest) {
  open();
  EXPECT_EQ(bodies_of(ask("GET /hello HTTP/1.1\r\nHost : h\r\n\r\n"
                          "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n")),
            problem_body(status::bad_request));
}

TEST_F(Connection, LimitsOfLineHeadAndFieldsHaveTheirOwnStatus) {
  open();
  EXPECT_EQ(answer_to("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n").status,
            414);
  EXPECT_EQ(
      answer_to("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(17000, 'a') + "\r\n\r\n").status,
      431);
  std::string many = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 100; ++i) many += "X: y\r\n";
  EXPECT_EQ(answer_to(many + "\r\n").status, 431);
}

TEST_F(Connection, EchoesABodyOfGivenLength) {
  open();
  EXPECT_EQ(answer_to("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello").rest,
            "hello");
  EXPECT_EQ(answer_to("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n").status, 200);
  EXPECT_EQ(answer_to("POST /echo HTTP/1.1\r\nHost: h\r\n\r\n").rest, "");
}

TEST_F(Connection, EchoesAChunkedBodyAndTheNextRequestFollows) {
  open();
  EXPECT_EQ(bodies_of(ask("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                          "3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nTrailer: x\r\n\r\n"
                          "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n")),
            "abcde|hello");
}

TEST_F(Connection, EchoesALargeBodyByteForByte) {
  open();
  std::string body(900'000, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i * i % 26);
  auto& client = site_.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 900000\r\n\r\n" +
                            body + "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(2s);
  EXPECT_EQ(bodies_of(client.received()), body + "|hello");
}

TEST_F(Connection, ABodyInPiecesHoldsTheClientBackAndLosesNothing) {
  open();
  auto& client = site_.send("POST /count HTTP/1.1\r\nHost: h\r\nContent-Length: 600000\r\n\r\n" +
                            std::string(600'000, 'x'));
  site_.pass(5s);
  EXPECT_EQ(bodies_of(client.received()), "600000");
}

TEST_F(Connection, AllAfterNextIsTheRestOfTheBody) {
  site_.routes.post<"/rest">([](context& c) -> task<std::string> {
    auto in = c.body();
    std::string first(co_await in.next());
    auto rest = co_await in.all();
    co_return first + "|" + rest;
  });
  open();
  auto& client = site_.send("POST /rest HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello");
  site_.pass(10ms);
  client.send("world");
  site_.pass(10ms);
  EXPECT_EQ(bodies_of(client.received()), "hello|world");
}

TEST_F(Connection, AsksForABodyThatTheClientHoldsBack) {
  open();
  auto& client = site_.send(
      "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  site_.pass(10ms);
  EXPECT_EQ(client.received(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("hello");
  site_.pass(10ms);
  EXPECT_EQ(bodies_of(client.received().substr(25)), "hello");
}

TEST_F(Connection, DoesNotAskForABodyThatNobodyReads) {
  open();
  auto& client = site_.send(
      "POST /ignores HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  site_.pass(10ms);
  EXPECT_EQ(bodies_of(client.received()), "ignored");
  EXPECT_TRUE(client.ended()) << "the body may come or not: what follows cannot be told apart";
  client.close();
}

TEST_F(Connection, ABodyBeyondTheLimitIs413BeforeItIsRead) {
  open({.body_bytes = 1000});
  EXPECT_EQ(answer_to("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n").status,
            413);
  EXPECT_EQ(answer_to("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n" +
                      std::string(1000, 'x'))
                .status,
            200);
  EXPECT_EQ(answer_to("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "3e9\r\n" +
                      std::string(1001, 'x') + "\r\n0\r\n\r\n")
                .status,
            413);
}

TEST_F(Connection, ABrokenChunkIs400AndTheEnd) {
  open();
  auto& client = site_.send(
      "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabcX\r\n0\r\n\r\nGET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(10ms);
  EXPECT_EQ(parsed_answer(client.received()).status, 400);
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(client.received().find("hello"), std::string::npos);
  client.close();
}

TEST_F(Connection, AShortBodyThatNobodyReadsIsSkipped) {
  open();
  EXPECT_EQ(bodies_of(ask("POST /ignores HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
                          "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n")),
            "ignored|hello");
  EXPECT_EQ(bodies_of(ask("POST /nowhere HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                          "5\r\nhello\r\n0\r\n\r\nGET /hello HTTP/1.1\r\nHost: h\r\n\r\n")),
            problem_body(status::not_found) + "|hello");
}

TEST_F(Connection, ALongBodyThatNobodyReadsEndsTheConnection) {
  open();
  auto& client = site_.send("POST /ignores HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n");
  site_.pass(10ms);
  EXPECT_TRUE(parsed_answer(client.received()).has("Connection: close"));
  EXPECT_TRUE(client.ended());
  client.close();
}

TEST_F(Connection, AHandlerThatThrowsIs500WithAnIdAndTheWorkerLives) {
  open();
  auto& client =
      site_.send("GET /throws HTTP/1.1\r\nHost: h\r\n\r\nGET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(10ms);
  const parsed_answer got(client.received());
  EXPECT_EQ(got.status, 500);
  EXPECT_NE(got.rest.find("\"request_id\":\""), std::string::npos);
  EXPECT_EQ(got.rest.find("secret"), std::string::npos) << "the text is for the log";
  EXPECT_NE(client.received().find("hello"), std::string::npos);
}

TEST_F(Connection, AHandlerThatReturnsAnEmptyTaskIs500) {
  site_.routes.get<"/empty">([]() -> task<response> { return {}; });
  open();
  auto& client =
      site_.send("GET /empty HTTP/1.1\r\nHost: h\r\n\r\nGET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(10ms);
  EXPECT_EQ(parsed_answer(client.received()).status, 500);
  EXPECT_NE(client.received().find("hello"), std::string::npos);
}

TEST_F(Connection, ALengthThatIsOnlyAnnouncedIsNotBelieved) {
  site_.routes.post<"/vast">([](context& c) -> task<response> {
    auto in = c.body(UINT64_MAX);
    auto body = co_await in.all();
    co_return response::bytes(std::move(body));
  });
  open();
  auto& client =
      site_.send("POST /vast HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999\r\n\r\nx");
  site_.pass(1s);
  EXPECT_EQ(client.received(), "") << "it waits for the body";
  client.reset();
}

TEST_F(Connection, AnHttpErrorBecomesItsStatusAndText) {
  open();
  EXPECT_EQ(answer_to("GET /refuses HTTP/1.1\r\nHost: h\r\n\r\n").rest,
            problem_body(status::conflict, "taken"));
  EXPECT_EQ(answer_to("GET /throws-later HTTP/1.1\r\nHost: h\r\n\r\n").status, 410);
}

TEST_F(Connection, ACoroutineHandlerSleepsWhileOthersAreServed) {
  open();
  auto& sleeper = site_.send("GET /nap/50 HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(5ms);
  EXPECT_EQ(site_.server->counters().requests_in_flight, 1u);
  EXPECT_EQ(ask("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n").substr(0, 12), "HTTP/1.1 200");
  EXPECT_EQ(bodies_of(sleeper.received()), "slept 50");
}

TEST_F(Connection, AnswersKeepTheirOrderBehindAHandlerThatSleeps) {
  open();
  EXPECT_EQ(bodies_of(ask(
                "GET /nap/20 HTTP/1.1\r\nHost: h\r\n\r\nGET /hello HTTP/1.1\r\nHost: h\r\n\r\n"
                "GET /nap/1 HTTP/1.1\r\nHost: h\r\n\r\nGET /users/1 HTTP/1.1\r\nHost: h\r\n\r\n")),
            "slept 20|hello|slept 1|user 1");
}

TEST_F(Connection, AClientThatIsGoneEndsItsHandler) {
  open();
  auto& client = site_.send("GET /nap/50000 HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(10ms);
  EXPECT_EQ(handlers_alive, 1);
  client.reset();
  site_.pass(10ms);
  EXPECT_EQ(handlers_alive, 0);
  EXPECT_EQ(site_.server->counters().connections_open, 0u);
}

TEST_F(Connection, AClientThatHasOnlyStoppedSendingGetsItsAnswer) {
  open();
  auto& client = site_.send("GET /nap/20 HTTP/1.1\r\nHost: h\r\n\r\n");
  client.shutdown_send();
  site_.pass(100ms);
  EXPECT_EQ(bodies_of(client.received()), "slept 20");
  EXPECT_TRUE(client.ended());
}

TEST_F(Connection, ABodyThatEndsTooSoonEndsItsHandler) {
  open();
  auto& client = site_.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello");
  client.shutdown_send();
  site_.pass(10ms);
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(client.received(), "");
}

TEST_F(Connection, AHeadThatDripsMeetsItsTimeLimit) {
  open();
  auto& slow = site_.send("GET /hello HTTP/1.1\r\n");
  for (int i = 0; i < 12 && !slow.ended(); ++i) {
    slow.send("X: y\r\n");
    site_.pass(1s);
  }
  EXPECT_EQ(parsed_answer(slow.received()).status, 408);
  EXPECT_TRUE(slow.ended());
  slow.close();
}

TEST_F(Connection, ASilentConnectionIsClosedWithoutAWord) {
  open();
  auto& client = site_.connect();
  site_.pass(9s);
  EXPECT_FALSE(client.ended());
  site_.pass(2s);
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(client.received(), "");
}

TEST_F(Connection, AnIdleConnectionStaysForTheKeepAliveTimeAndNoLonger) {
  open();
  auto& client = site_.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(60s);
  EXPECT_FALSE(client.ended());
  client.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(64s);
  EXPECT_FALSE(client.ended());
  site_.pass(2s);
  EXPECT_TRUE(client.ended());
}

TEST_F(Connection, ABodyThatStallsIs408) {
  open({.min_rate = 0});
  auto& client = site_.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello");
  site_.pass(9s);
  EXPECT_EQ(client.received(), "");
  site_.pass(2s);
  EXPECT_EQ(parsed_answer(client.received()).status, 408);
  client.close();
}

TEST_F(Connection, ABodyThatStallsBehindItsAnswerIsNotAnsweredTwice) {
  open();
  auto& client = site_.send("POST /ignores HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello");
  site_.pass(15s);
  EXPECT_EQ(bodies_of(client.received()), "ignored");
  EXPECT_TRUE(client.ended());
  client.close();
}

TEST_F(Connection, AClientThatDoesNotReadIsHeldAndThenClosed) {
  open();
  auto& client = site_.connect();
  client.pause_reading();
  std::string requests;
  for (int i = 0; i < 1000; ++i) requests += "GET /large HTTP/1.1\r\nHost: h\r\n\r\n";
  client.send(requests);
  site_.pass(5s);
  EXPECT_LT(site_.server->counters().requests_total, 10u) << "serving stops while answers wait";
  site_.pass(40s);
  EXPECT_EQ(site_.server->counters().connections_open, 0u);
}

TEST_F(Connection, AClientThatReadsSlowlyAndSteadilyGetsItsLargeAnswer) {
  constexpr std::size_t size = 2'000'000;
  site_.routes.get<"/huge">([] { return response::bytes(std::string(size, 'z')); });
  open({.send_timeout = 1s});
  auto& client = site_.connect();
  client.pause_reading();
  client.send("GET /huge HTTP/1.1\r\nHost: h\r\n\r\n");
  std::string got;
  for (int i = 0; i < 60; ++i) {  // 500 kB/s: four seconds
    site_.pass(100ms);
    got += client.take(50'000);
  }
  EXPECT_EQ(parsed_answer(got).rest.size(), size);
}

TEST_F(Connection, LargeAnswersAndSmallOnesKeepTheirOrder) {
  open();
  const auto bodies = bodies_of(
      ask("GET /hello HTTP/1.1\r\nHost: h\r\n\r\nGET /large-response HTTP/1.1\r\nHost: h\r\n\r\n"
          "GET /users/1 HTTP/1.1\r\nHost: h\r\n\r\nGET /large HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(bodies, "hello|" + std::string(200'000, 'y') + "|user 1|" + std::string(200'000, 'x'));
}

TEST_F(Connection, NoContentHasNeitherBodyNorLength) {
  open();
  const auto got = answer_to("GET /no-content HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(got.status, 204);
  EXPECT_EQ(got.head.find("Content-Length"), std::string::npos);
}

TEST_F(Connection, FieldsAreFoundInAnyCase) {
  open();
  EXPECT_EQ(answer_to("GET /header/x-TRACE HTTP/1.1\r\nHost: h\r\nX-Trace:  a b \r\n\r\n").rest,
            "a b");
  EXPECT_EQ(answer_to("GET /header/nothing HTTP/1.1\r\nHost: h\r\n\r\n").rest, "none");
}

TEST_F(Connection, DrainClosesIdleConnectionsAndAnswersWhatHasBegun) {
  open();
  auto& idle = site_.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  auto& busy = site_.send("GET /nap/500 HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(10ms);
  site_.server->drain();
  EXPECT_FALSE(site_.server->drained());
  site_.pass(200ms);
  EXPECT_TRUE(idle.ended());
  EXPECT_FALSE(busy.ended());
  site_.pass(400ms);
  EXPECT_EQ(bodies_of(busy.received()), "slept 500");
  EXPECT_TRUE(parsed_answer(busy.received()).has("Connection: close"));
  EXPECT_FALSE(site_.server->drained()) << "another request may be on its way";
  busy.close();
  site_.pass(1ms);
  EXPECT_TRUE(site_.server->drained());
}

TEST_F(Connection, ADrainMaySpreadTheEndsOfItsConnections) {
  open({.close_spread = 10s});
  std::vector<io::sim::peer*> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(&site_.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n"));
  }
  site_.pass(10ms);
  site_.server->drain();
  const auto ended = [&] {
    return std::count_if(clients.begin(), clients.end(), [](auto* c) { return c->ended(); });
  };
  std::vector<long> seen;
  for (int second = 0; second < 12; ++second) {
    site_.pass(1s);
    seen.push_back(ended());
  }
  EXPECT_LE(seen[1], 30);
  EXPECT_GT(seen[5], 25);
  EXPECT_LT(seen[5], 75);
  EXPECT_EQ(seen[11], 100);
  EXPECT_TRUE(site_.server->drained());
}

TEST_F(Connection, UntilItsTurnInASpreadDrainAConnectionIsServedAsEver) {
  open({.close_spread = 10s});
  std::vector<io::sim::peer*> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(&site_.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n"));
  }
  site_.pass(10ms);
  site_.server->drain();
  unsigned kept = 0;
  unsigned last = 0;
  for (int tenth = 0; tenth < 110; ++tenth) {
    for (auto* client : clients) {
      if (client->ended()) continue;
      const auto before = client->received().size();
      client->send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
      site_.pass(10ms);
      const auto answer = parsed_answer(client->received().substr(before));
      ASSERT_EQ(answer.status, 200);
      ++(answer.has("Connection: close") ? last : kept);
    }
    site_.pass(100ms);
  }
  EXPECT_EQ(last, 20U) << "each is told with its last answer";
  EXPECT_GT(kept, 20U * 10U);
}

TEST_F(Connection, ARequestThatCrossesTheDrainIsStillAnswered) {
  open();
  auto& client = site_.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(10ms);
  client.send("GET /users/2 HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.server->drain();
  site_.pass(10ms);
  EXPECT_EQ(bodies_of(client.received()), "hello|user 2");
  EXPECT_TRUE(client.ended());
}

TEST_F(Connection, AnAnswerThatIsOnItsWayWhenTheDrainBeginsDoesNotHoldItUp) {
  open();
  auto& client = site_.connect();
  client.pause_reading();
  client.send("GET /large-response HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(10ms);
  site_.server->drain();
  client.resume_reading();
  site_.pass(500ms);
  EXPECT_EQ(bodies_of(client.received()), std::string(200'000, 'y'));
  EXPECT_TRUE(client.ended());
  EXPECT_TRUE(site_.server->drained());
}

TEST_F(Connection, AboveTheLimitClientsAreToldToComeAgain) {
  open({.max_connections = 2});
  auto& first = site_.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  auto& second = site_.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(10ms);
  auto& third = site_.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(10ms);
  EXPECT_EQ(bodies_of(second.received()), "hello");
  const parsed_answer away(third.received());
  EXPECT_EQ(away.status, 503);
  EXPECT_TRUE(away.has("Retry-After: 1"));
  EXPECT_TRUE(away.has("Connection: close"));
  EXPECT_TRUE(third.ended());
  EXPECT_FALSE(third.was_reset());
  EXPECT_EQ(site_.server->counters().turned_away, 1u);

  auto& fourth = site_.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(10ms);
  EXPECT_EQ(fourth.received(), "") << "one at a time is told so";
  third.close();
  site_.pass(10ms);
  EXPECT_EQ(parsed_answer(fourth.received()).status, 503);
  fourth.close();
  first.close();
  site_.pass(10ms);
  auto& fifth = site_.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(10ms);
  EXPECT_EQ(bodies_of(fifth.received()), "hello");
}

TEST_F(Connection, WithoutDescriptorsAcceptingWaitsAndGoesOn) {
  open();
  site_.world.limit_sockets(2);
  auto& first = site_.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(10ms);
  auto& second = site_.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(1s);
  EXPECT_EQ(second.received(), "");
  EXPECT_LE(site_.server->counters().accept_failures, 12u) << "about ten tries a second, no spin";
  EXPECT_GE(site_.server->counters().accept_failures, 1u);
  first.close();
  site_.pass(200ms);
  EXPECT_EQ(bodies_of(second.received()), "hello");
}

TEST_F(Connection, AnIdleConnectionIsASmallRecord) { EXPECT_LE(sizeof(connection), 304u); }

}  // namespace
}  // namespace shoal::http
