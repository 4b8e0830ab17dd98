// Where two features of the engine meet: streams without a body, filters that fail late, hooks that
// answer for coroutines, clients that have said their last word.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "base/log.h"
#include "http/site.h"
#include "shoal/http/body_filter.h"
#include "shoal/http/event_stream.h"
#include "shoal/io/sleep.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;

class Corner : public testing::Test {
 protected:
  std::string ask(std::string_view request) {
    if (!site_.server) site_.open(options_);
    auto& client = site_.send(request);
    site_.pass(100ms);
    return client.received();
  }
  parsed_answer get(std::string_view path, std::string_view verb = "GET") {
    return parsed_answer(
        ask(std::string(verb) + " " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n\r\n"));
  }
  void TearDown() override {
    if (!site_.server) return;
    EXPECT_TRUE(site_.run());
    EXPECT_EQ(site_.server->counters().connections_open, 0u);
    EXPECT_EQ(site_.server->counters().requests_in_flight, 0u);
    set_log_level(before_);
  }

  server_options options_;
  site site_;
  const log_level before_ = get_log_level();
};

task<> never_run(body_writer&) {
  ADD_FAILURE() << "a producer of an answer without a body ran";
  co_return;
}

TEST_F(Corner, AStreamWithAStatusThatHasNoBodyIsNotRun) {
  site_.routes.get<"/x">(
      [] { return response::stream("text/plain", never_run).set_status(status::not_modified); });
  const auto got = get("/x");
  EXPECT_EQ(got.status, 304);
  EXPECT_EQ(got.rest, "");
  EXPECT_EQ(got.head.find("Transfer-Encoding"), std::string::npos);
}

class fails_at_the_second final : public body_filter {
 public:
  void transform(std::string_view in, bool, std::string& out) override {
    if (++pieces_ == 2) throw std::runtime_error("enough");
    out.append(in);
  }

 private:
  int pieces_ = 0;
};

TEST_F(Corner, AFilterThatFailsInTheMidstEndsTheConnectionWithoutALastChunk) {
  set_log_level(log_level::off);
  site_.routes.get<"/x">([] {
    auto answer = response::stream("text/plain", [](body_writer& out) -> task<> {
      co_await out.write("one");
      co_await sleep(1ms);
      co_await out.write("two");
    });
    answer.filter(std::make_unique<fails_at_the_second>());
    return answer;
  });
  const auto got = get("/x");
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.rest, "3\r\none\r\n");
}

TEST_F(Corner, AFilterThatFailsWhileTheClientHoldsTheStreamBackEndsItToo) {
  set_log_level(log_level::off);
  static const std::string large(200'000, 'x');
  site_.routes.get<"/x">([] {
    auto answer = response::stream("text/plain",
                                   [](body_writer& out) -> task<> { co_await out.write(large); });
    answer.filter(std::make_unique<fails_at_the_second>());
    return answer;
  });
  site_.open();
  auto& client = site_.connect();
  client.pause_reading();
  client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(100ms);
  client.resume_reading();
  site_.pass(100ms);
  EXPECT_TRUE(client.ended());
  EXPECT_FALSE(client.received().ends_with("0\r\n\r\n"));
}

TEST_F(Corner, RequestsThatFailAlikeAreSummedUpInTheLog) {
  site_.routes.get<"/u/{id}">(
      [](std::uint64_t) -> std::string { throw std::runtime_error("no database"); });
  set_log_name("node 0");  // others have not said anything
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < 12; ++i) EXPECT_EQ(get("/u/" + std::to_string(i)).status, 500);
  log_all_sums();
  const auto log = ::testing::internal::GetCapturedStderr();
  set_log_name("shoal");
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 11) << log;
  EXPECT_NE(log.find("\"/u/11\" threw \"no database\" (repeated 2 times in "), std::string::npos)
      << log;
}

TEST_F(Corner, AHookAnswersForACoroutineToo) {
  site_.routes.before(
      [](context&) -> std::optional<response> { return response(status::forbidden); });
  site_.routes.get<"/x">([]() -> task<std::string> {
    ADD_FAILURE() << "the handler ran";
    co_return "";
  });
  EXPECT_EQ(get("/x").status, 403);
}

TEST_F(Corner, AStreamOfEventsKnowsItsRequest) {
  site_.routes.get<"/x">([](context&) {
    return events([](event_stream& out) -> task<> {
      const std::string path(out.request().path());
      co_await out.send({.data = path});
    });
  });
  EXPECT_NE(get("/x").rest.find("data: /x\n"), std::string::npos);
}

TEST_F(Corner, AClientThatEndsItsSideShortensTheTimeOfItsHandler) {
  options_.handler_timeout = 10s;
  options_.half_close_timeout = 1s;
  bool ended = false;
  struct tells {
    bool& told;
    ~tells() { told = true; }
  };
  site_.routes.get<"/x">([&ended]() -> task<std::string> {
    const tells at_the_end{ended};
    co_await sleep(1h);
    co_return "late";
  });
  site_.open(options_);
  auto& client = site_.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(500ms);
  client.shutdown_send();
  site_.pass(900ms);
  EXPECT_FALSE(ended);
  site_.pass(200ms);
  EXPECT_TRUE(ended);
  EXPECT_EQ(client.received(), "");
}

}  // namespace
}  // namespace shoal::http
