// Answers whose body is made while it is sent.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "http/chunked.h"
#include "http/site.h"
#include "shoal/http/body_writer.h"
#include "shoal/http/event_stream.h"
#include "shoal/io/sleep.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;

/// What a chunked body says, and "?" if it is not one that ends.
std::string unchunked(std::string_view body) {
  std::string text;
  chunked_decoder decoder;
  for (;;) {
    const auto step = decoder.next(body);
    body.remove_prefix(step.consumed);
    if (step.what == chunked_decoder::status::done) return text + std::string(body);
    if (step.what != chunked_decoder::status::data) return text + "?";
    text += step.data;
  }
}

struct present {
  explicit present(int& counter) : count(counter) { ++count; }
  ~present() { --count; }
  present(const present&) = delete;
  present& operator=(const present&) = delete;
  int& count;
};

task<> three_lines(body_writer& out) {
  co_await out.write("one\n");
  co_await sleep(10ms);
  co_await out.write("two\n");
  co_await out.write("three\n");
}

class Upper final : public body_filter {
 public:
  void transform(std::string_view in, bool last, std::string& out) override {
    for (const char c : in) out.push_back(static_cast<char>(std::toupper(c)));
    if (last) out += "!";
  }
};

class Stream : public testing::Test {
 protected:
  std::string ask(std::string_view request, std::chrono::nanoseconds wait = 1s) {
    if (!site_.server) site_.open(options_);
    auto& client = site_.send(request);
    site_.pass(wait);
    return client.received();
  }
  parsed_answer get(std::string_view path) {
    return parsed_answer(ask("GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n\r\n"));
  }

  void TearDown() override {
    if (!site_.server) return;
    EXPECT_TRUE(site_.run());
    EXPECT_EQ(site_.server->counters().connections_open, 0u);
    EXPECT_EQ(site_.server->counters().requests_in_flight, 0u);
  }

  server_options options_;
  site site_;
};

TEST_F(Stream, LeavesInChunksAsItIsWritten) {
  site_.routes.get<"/lines">([] { return response::stream("text/plain", three_lines); });
  site_.open();
  auto& client =
      site_.send("GET /lines HTTP/1.1\r\nHost: h\r\n\r\nGET /x HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(5ms);
  parsed_answer half(client.received());
  EXPECT_EQ(half.status, 200);
  EXPECT_TRUE(half.has("Transfer-Encoding: chunked"));
  EXPECT_TRUE(half.has("Content-Type: text/plain"));
  EXPECT_EQ(half.head.find("Content-Length"), std::string::npos);
  EXPECT_EQ(unchunked(half.rest), "one\n?");
  site_.pass(20ms);
  parsed_answer whole(client.received());
  EXPECT_EQ(unchunked(whole.rest).substr(0, 23), "one\ntwo\nthree\nHTTP/1.1 ") << "and the next";
  EXPECT_FALSE(client.ended());
}

TEST_F(Stream, OfAKnownLengthHasNoChunks) {
  site_.routes.get<"/lines">([] { return response::stream("text/plain", 14, three_lines); });
  const auto got = get("/lines");
  EXPECT_TRUE(got.has("Content-Length: 14"));
  EXPECT_EQ(got.rest, "one\ntwo\nthree\n");
}

TEST_F(Stream, ThatWritesLessOrMoreThanItSaidClosesTheConnection) {
  site_.routes.get<"/less">([] { return response::stream("text/plain", 15, three_lines); });
  site_.routes.get<"/more">([] { return response::stream("text/plain", 13, three_lines); });
  site_.open();
  for (const auto* path : {"/less", "/more"}) {
    auto& client = site_.send("GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n\r\n");
    site_.pass(1s);
    EXPECT_TRUE(client.ended()) << path;
    EXPECT_LT(parsed_answer(client.received()).rest.size(), path[1] == 'l' ? 15u : 13u);
  }
}

TEST_F(Stream, ThatThrowsEndsWithoutItsLastChunk) {
  site_.routes.get<"/broken">([] {
    return response::stream("text/plain", [](body_writer& out) -> task<> {
      co_await out.write("begun");
      co_await sleep(1ms);
      throw std::runtime_error("half way");
    });
  });
  site_.open();
  auto& client = site_.send("GET /broken HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(1s);
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(unchunked(parsed_answer(client.received()).rest), "begun?");
}

TEST_F(Stream, EndsWithTheConnectionForAnOldClient) {
  site_.routes.get<"/lines">([] { return response::stream("text/plain", three_lines); });
  site_.open();
  auto& client = site_.send("GET /lines HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  site_.pass(1s);
  const parsed_answer got(client.received());
  EXPECT_TRUE(got.has("Connection: close"));
  EXPECT_EQ(got.head.find("Transfer-Encoding"), std::string::npos);
  EXPECT_EQ(got.rest, "one\ntwo\nthree\n");
  EXPECT_TRUE(client.ended());
}

TEST_F(Stream, DoesNotRunForHead) {
  bool ran = false;
  site_.routes.get<"/lines">([&ran] {
    return response::stream("text/plain", [&ran](body_writer& out) -> task<> {
      ran = true;
      co_await out.write("x");
    });
  });
  const auto got = parsed_answer(ask("HEAD /lines HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(got.status, 200);
  EXPECT_TRUE(got.has("Transfer-Encoding: chunked"));
  EXPECT_EQ(got.rest, "");
  EXPECT_FALSE(ran);
}

TEST_F(Stream, OfAPlainHandlerStillKnowsItsRequest) {
  site_.routes.get<"/a/{x}/{y}/{z}">([](std::string_view, std::string_view, std::string_view) {
    return response::stream("text/plain", [](body_writer& out) -> task<> {
      co_await sleep(5ms);
      auto& c = out.request();
      const auto text = std::string(c.parameter(0)) + "," + std::string(c.parameter(1)) + "," +
                        std::string(c.parameter(2)) + "," +
                        std::string(c.header("x").value_or("-"));
      co_await out.write(text);
    });
  });
  EXPECT_EQ(
      unchunked(parsed_answer(ask("GET /a/one/t%20wo/three HTTP/1.1\r\nHost: h\r\nX: f\r\n\r\n"
                                  "GET /other HTTP/1.1\r\nHost: overwritten\r\n\r\n"))
                    .rest)
          .substr(0, 17),
      "one,t wo,three,fH");
}

TEST_F(Stream, OfACoroutineHandlerSeesWhatTheHandlerKept) {
  site_.routes.get<"/n/{n}">([](context&, int n) -> task<response> {
    co_await sleep(1ms);
    co_return response::stream("text/plain", [n](body_writer& out) -> task<> {
      for (int i = 0; i < n; ++i) {
        const auto line = std::to_string(i) + " ";
        co_await out.write(line);
      }
    });
  });
  EXPECT_EQ(unchunked(get("/n/5").rest), "0 1 2 3 4 ");
  EXPECT_EQ(unchunked(get("/n/0").rest), "");
}

TEST_F(Stream, IsHeldBackByAClientThatDoesNotReadAndEndsWithIt) {
  std::size_t written = 0;
  int alive = 0;
  site_.routes.get<"/endless">([&] {
    return response::stream("application/octet-stream", [&](body_writer& out) -> task<> {
      present here(alive);
      const std::string piece(10'000, 'x');
      for (;;) {
        co_await out.write(piece);
        written += piece.size();
      }
    });
  });
  site_.open();
  auto& client = site_.connect();
  client.pause_reading();
  client.send("GET /endless HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(1s);
  const auto bounded = written;
  EXPECT_GT(bounded, 50'000u);
  EXPECT_LT(bounded, 400'000u) << "a block that fills, one that is sent, and the network's own";
  site_.pass(20s);
  EXPECT_EQ(written, bounded);
  EXPECT_EQ(alive, 1);
  site_.pass(20s);
  EXPECT_EQ(alive, 0) << "nothing has been taken for the time of a send";
}

TEST_F(Stream, EndsWhenItsClientIsReset) {
  int alive = 0;
  site_.routes.get<"/silent">([&] {
    return response::stream("text/plain", [&](body_writer& out) -> task<> {
      present here(alive);
      co_await out.write("begun");
      co_await sleep(1h);
    });
  });
  site_.open();
  auto& client = site_.send("GET /silent HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(1s);
  EXPECT_EQ(alive, 1);
  client.reset();
  site_.pass(1s);
  EXPECT_EQ(alive, 0);
}

TEST_F(Stream, OfOneLargeWriteArrivesWhole) {
  std::string large(1'000'000, '\0');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>('a' + i * i % 23);
  site_.routes.get<"/large">([&large] {
    return response::stream("text/plain", [&large](body_writer& out) -> task<> {
      co_await out.write(large);
      co_await out.write({});
      co_await out.write("end");
    });
  });
  EXPECT_TRUE(unchunked(get("/large").rest) == large + "end");
}

TEST_F(Stream, PassesItsFiltersAndSoDoWholeBodies) {
  site_.routes.get<"/lines">([] {
    auto r = response::stream("text/plain", 14, three_lines);
    r.filter(std::make_unique<Upper>());
    return r;
  });
  site_.routes.get<"/whole">([] {
    auto r = response::text("whole");
    r.filter(std::make_unique<Upper>());
    r.filter(std::make_unique<Upper>());
    return r;
  });
  EXPECT_EQ(unchunked(get("/lines").rest), "ONE\nTWO\nTHREE\n!");
  const auto whole = get("/whole");
  EXPECT_EQ(whole.rest, "WHOLE!!");
  EXPECT_TRUE(whole.has("Content-Length: 7"));
}

TEST_F(Stream, EchoesABodyWhileItIsRead) {
  site_.routes.post<"/echo">([](context& c) -> task<response> {
    co_return response::stream("application/octet-stream", [&c](body_writer& out) -> task<> {
      auto in = c.body();
      for (auto piece = co_await in.next(); !piece.empty(); piece = co_await in.next()) {
        co_await out.write(piece);
      }
    });
  });
  site_.open();
  auto& client = site_.send("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  client.send("5\r\nhello\r\n");
  site_.pass(10ms);
  EXPECT_EQ(unchunked(parsed_answer(client.received()).rest), "hello?");
  client.send("6\r\n world\r\n0\r\n\r\nGET /x HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(10ms);
  EXPECT_EQ(unchunked(parsed_answer(client.received()).rest).substr(0, 19), "hello worldHTTP/1.1");
}

TEST_F(Stream, WithAnEmptyProducerOrOneThatCannotBeMadeIs500) {
  site_.routes.get<"/empty">(
      [] { return response::stream("text/plain", [](body_writer&) { return task<>(); }); });
  site_.routes.get<"/throws">([] {
    return response::stream("text/plain",
                            [](body_writer&) -> task<> { throw std::runtime_error("early"); });
  });
  site_.routes.get<"/throws-when-made">([] {
    return response::stream("text/plain", [](body_writer&) {
      throw std::runtime_error("earlier");
      return task<>();
    });
  });
  EXPECT_EQ(get("/empty").status, 500);
  EXPECT_EQ(get("/throws-when-made").status, 500);
  EXPECT_EQ(unchunked(get("/throws").rest), "?") << "its head had been written";
}

file_part part_of(std::string_view text, std::uint64_t offset, std::uint64_t bytes) {
  const int file = ::memfd_create("part", MFD_CLOEXEC);
  EXPECT_EQ(::write(file, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  return {std::make_shared<const open_file>(file), offset, bytes};
}

TEST_F(Stream, OfAFilesPartIsThatPart) {
  const auto text = std::string(300'000, 'x') + "the middle" + std::string(500'000, 'y');
  site_.routes.get<"/part">([&] { return response::file("text/x", part_of(text, 300'000, 10)); });
  site_.routes.get<"/all">([&]() -> task<response> {
    co_return response::file("text/x", part_of(text, 0, text.size()));
  });
  site_.routes.get<"/none">([&] { return response::file("text/x", part_of(text, 5, 0)); });
  site_.routes.get<"/filtered">([&] {
    auto r = response::file("text/x", part_of(text, 300'000, 10));
    r.filter(std::make_unique<Upper>());
    return r;
  });
  EXPECT_EQ(get("/part").rest, "the middle");
  EXPECT_TRUE(get("/all").rest == text);
  EXPECT_TRUE(get("/none").has("Content-Length: 0"));
  EXPECT_EQ(unchunked(get("/filtered").rest), "THE MIDDLE!");
  const auto head = parsed_answer(ask("HEAD /all HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_TRUE(head.has("Content-Length: 800010"));
  EXPECT_EQ(head.rest, "");
  const auto two = ask("GET /part HTTP/1.1\r\nHost: h\r\n\r\nGET /all HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(bodies_of(two), "the middle|" + text);
}

TEST_F(Stream, OfAFileThatHasBecomeShorterClosesTheConnection) {
  site_.routes.get<"/short">([&] { return response::file("text/x", part_of("short", 0, 100)); });
  site_.open();
  auto& client = site_.send("GET /short HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(1s);
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(parsed_answer(client.received()).rest, "short");
}

TEST_F(Stream, OfEventsIsTextThatBrowsersKnow) {
  site_.routes.get<"/events">([] {
    return events([](event_stream& out) -> task<> {
      co_await out.comment();
      co_await out.send({.data = "one\ntwo\r\nthree", .event = "news", .id = "7", .retry = 3s});
      co_await out.send({.data = ""});
    });
  });
  const auto got = get("/events");
  EXPECT_TRUE(got.has("Content-Type: text/event-stream"));
  EXPECT_TRUE(got.has("Cache-Control: no-store"));
  EXPECT_EQ(
      unchunked(got.rest),
      ": \n\nevent: news\nid: 7\nretry: 3000\ndata: one\ndata: two\ndata: three\n\ndata: \n\n");
}

TEST_F(Stream, OfEventsRefusesALineBreakInAName) {
  site_.routes.get<"/events">([] {
    return events([](event_stream& out) -> task<> {
      co_await out.send({.data = "x", .event = "a\ndata: forged"});
    });
  });
  EXPECT_EQ(unchunked(get("/events").rest), "?");
}

}  // namespace
}  // namespace shoal::http
