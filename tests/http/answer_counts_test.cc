// What a server counts of its answers: by status, and how long they took.
#include <gtest/gtest.h>

#include <numeric>

#include "http/site.h"
#include "shm/tally.h"
#include "shoal/io/sleep.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;
using answers = std::array<std::uint64_t, 4>;

class AnswerCounts : public testing::Test {
 protected:
  AnswerCounts() {
    auto& r = site_.routes;
    r.get<"/">([] { return "hello"; });
    r.get<"/moved">([] { return response(status::found).header("Location", "/"); });
    r.get<"/throws">([]() -> std::string { throw std::runtime_error("no"); });
    r.get<"/nap">([]() -> task<std::string> {
      co_await sleep(5ms);
      co_return "slept";
    });
    r.get<"/at-once">([]() -> task<std::string> { co_return "done"; });
    r.get<"/stream">([] {
      return response::stream("text/plain", [](body_writer& out) -> task<> {
        co_await sleep(5ms);
        co_await out.write("late");
      });
    });
  }

  void ask(std::string_view path) {
    auto& client = site_.send("GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n\r\n");
    site_.pass(1s);
    EXPECT_TRUE(client.received().starts_with("HTTP/1.1 "));
    client.close();
    site_.pass(1ms);
  }

  [[nodiscard]] std::uint64_t timed() const {
    const auto seen = shm::read_tally(tally_.of(0)).latency;
    return std::accumulate(seen.begin(), seen.end(), std::uint64_t{0});
  }

  shm::tally_table tally_ = shm::tally_table::create(1).value();
  site site_;
};

TEST_F(AnswerCounts, AreByStatusAndAddUp) {
  site_.open();
  for (const auto* path : {"/", "/moved", "/nowhere", "/nowhere", "/throws"}) ask(path);
  site_.send("nonsense\r\n\r\n").close();
  site_.pass(3s);
  const auto& c = site_.server->counters();
  EXPECT_EQ(c.answers, (answers{1, 1, 3, 1})) << "what was no request is answered, too";
  EXPECT_EQ(c.requests_total, 6U);
}

TEST_F(AnswerCounts, OfTheTurnThatBroughtTheRequestAreLeftToItsEnd) {
  site_.open({.tally = &tally_.of(0)});
  for (const auto* path : {"/", "/at-once", "/stream", "/nowhere"}) ask(path);
  EXPECT_EQ(site_.server->counters().answered_at_once, 4U) << "a stream's head is its answer";
  EXPECT_EQ(timed(), 0U);
}

TEST_F(AnswerCounts, OfLaterTurnsAreTimedOneByOne) {
  site_.open({.tally = &tally_.of(0)});
  for (int i = 0; i < 3; ++i) ask("/nap");
  EXPECT_EQ(site_.server->counters().answered_at_once, 0U);
  EXPECT_EQ(timed(), 3U);
}

}  // namespace
}  // namespace shoal::http
