// A server that all connections are to leave, on the simulated network; whole clusters are in
// tests/cluster/reloads_test.cc.
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>

#include "http/site.h"
#include "shoal/io/sleep.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;

struct bag final : carrier {
  void carry(moved_connection&& moved) noexcept override {
    --left;
    held.push_back(std::move(moved));
  }
  [[nodiscard]] unsigned room() const noexcept override { return left; }

  std::deque<moved_connection> held;
  unsigned left = 100;
};

const std::string request = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";

struct Leave : testing::Test {
  Leave() {
    s.routes.get<"/hello">([] { return "hello"; });
    s.routes.get<"/sleep">([]() -> task<std::string> {
      co_await sleep(50ms);
      co_return "slept";
    });
    options.carries = &gone;
    s.open(options);
  }

  site s;
  bag gone;
  server_options options;
};

TEST_F(Leave, IdleConnectionsGoAtOnceAsManyAsThereIsRoomFor) {
  for (unsigned i = 0; i < 5; ++i) {
    auto& client = s.connect();
    if (i > 0) client.send(request);
    s.settle();
    EXPECT_EQ(bodies_of(client.received()), i > 0 ? "hello" : "") << "one has said nothing yet";
  }
  gone.left = 3;
  s.server->leave();
  s.settle();
  EXPECT_EQ(gone.held.size(), 3U);
  EXPECT_FALSE(s.server->drained());
  gone.left = 3;
  s.pass(2ms);
  EXPECT_EQ(gone.held.size(), 5U);
  EXPECT_TRUE(s.server->drained());
  for (const auto& moved : gone.held) {
    EXPECT_EQ(moved.served, &moved == &gone.held.front() ? 0U : 1U);
    EXPECT_EQ(moved.input, "");
    EXPECT_FALSE(moved.has_home());
  }
}

TEST_F(Leave, WhoIsServedGoesAfterwards) {
  auto& client = s.connect();
  client.send("GET /sleep HTTP/1.1\r\nHost: h\r\n\r\n");
  s.settle();
  s.server->leave();
  s.pass(20ms);
  EXPECT_TRUE(gone.held.empty());
  EXPECT_FALSE(s.server->drained());
  s.pass(40ms);
  EXPECT_EQ(parsed_answer(client.received()).rest, "slept");
  EXPECT_FALSE(parsed_answer(client.received()).has("Connection: close"));
  EXPECT_EQ(gone.held.size(), 1U);
  EXPECT_TRUE(s.server->drained());
}

TEST_F(Leave, ARequestBehindAnotherIsServedElsewhere) {
  auto& client = s.connect();
  client.send("GET /sleep HTTP/1.1\r\nHost: h\r\n\r\n" + request + request);
  s.settle();
  s.server->leave();
  s.pass(60ms);
  EXPECT_EQ(bodies_of(client.received()), "slept");
  ASSERT_EQ(gone.held.size(), 1U);
  EXPECT_EQ(gone.held.front().input, request + request);
}

TEST_F(Leave, AHeadThatIsNotWholeIsWaitedForHereAndServedElsewhere) {
  auto& client = s.connect();
  client.send(request.substr(0, 20));
  s.settle();
  s.server->leave();
  s.pass(20ms);
  EXPECT_TRUE(gone.held.empty());
  client.send(request.substr(20));
  s.settle();
  ASSERT_EQ(gone.held.size(), 1U);
  EXPECT_EQ(gone.held.front().input, request);
}

TEST_F(Leave, WhomNobodyCanTakeIsServedHereUntilSomebodyCan) {
  auto& client = s.connect();
  s.settle();
  gone.left = 0;
  s.server->leave();
  for (int i = 0; i < 3; ++i) {
    client.send(request);
    s.settle();
  }
  EXPECT_EQ(bodies_of(client.received()), "hello|hello|hello");
  gone.left = 1;
  client.send(request);
  s.settle();
  EXPECT_EQ(gone.held.size(), 1U);
}

TEST_F(Leave, WhoComesBackIsServedOnceBeforeItTriesAgain) {
  auto& client = s.connect();
  client.send(request);
  s.settle();
  s.server->leave();
  s.settle();
  ASSERT_EQ(gone.held.size(), 1U);
  auto back = std::move(gone.held.front());
  gone.held.clear();
  back.stays = true;
  client.send(request);
  s.server->adopt(std::move(back));
  s.settle();
  EXPECT_EQ(bodies_of(client.received()), "hello|hello");
  s.pass(2ms);
  EXPECT_EQ(gone.held.size(), 1U);
  EXPECT_TRUE(s.server->drained());
}

TEST_F(Leave, NobodyIsAcceptedAnyMore) {
  s.server->leave();
  auto& client = s.connect();
  client.send(request);
  s.pass(10ms);
  EXPECT_EQ(client.received(), "");
  EXPECT_TRUE(s.server->drained());
}

TEST_F(Leave, ADrainAfterItKeepsWhoIsHere) {
  auto& client = s.connect();
  s.settle();
  gone.left = 0;
  s.server->leave();
  s.settle();
  s.server->drain();
  gone.left = 1;
  client.send(request);
  s.settle();
  const parsed_answer answer(client.received());
  EXPECT_EQ(answer.rest, "hello");
  EXPECT_TRUE(answer.has("Connection: close"));
  EXPECT_TRUE(gone.held.empty());
}

/// Homes that change now and then, and at which everybody is at home.
struct moving_homes final : homes {
  bool lives_here(std::uint64_t) const noexcept override { return true; }
  bool have_changed(monotonic_time) noexcept override { return std::exchange(changed, false); }
  void takes_in_stray() noexcept override {}

  bool changed = false;
};

/// With which it leaves, after its home has been looked up so many times.
std::uint64_t key_that_goes_along(int changes) {
  bag gone;
  moving_homes homes;
  site s;
  s.routes.get<"/hello">([] { return "hello"; });
  s.open({.carries = &gone, .homes = &homes, .sticky = *parse_sticky_source("header:X-User")});
  auto& client = s.connect();
  const std::string of_anna = "GET /hello HTTP/1.1\r\nHost: h\r\nX-User: anna\r\n\r\n";
  for (int i = 0; i <= changes; ++i) {
    homes.changed = i > 0;
    client.send(of_anna);
    s.settle();
  }
  gone.left = 0;
  s.server->leave();
  s.settle();
  gone.left = 1;
  client.send(of_anna);
  s.settle();
  return gone.held.empty() ? 0 : gone.held.front().key;
}

TEST(LeaveHomes, ARequestGoesToTheHomeOfItsKeyHoweverOftenHomesHaveChanged) {
  const auto key = key_that_goes_along(0);
  EXPECT_NE(key, 0U);
  EXPECT_EQ(key_that_goes_along(1), key);
  EXPECT_EQ(key_that_goes_along(2), key);
}

}  // namespace
}  // namespace shoal::http
