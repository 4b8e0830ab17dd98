// Connections whose requests have homes, on the simulated network; whole clusters are in
// tests/cluster/moves_test.cc.
#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "http/site.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;

/// What a cluster would say.
struct told final : homes {
  bool lives_here(std::uint64_t) const noexcept override { return ++asked, here; }
  bool have_changed(monotonic_time) noexcept override { return std::exchange(changed, false); }
  void takes_in_stray() noexcept override { ++strays; }

  bool here = true;
  bool changed = false;
  unsigned strays = 0;
  mutable unsigned asked = 0;
};

struct bag final : carrier {
  void carry(moved_connection&& moved) noexcept override { held.push_back(std::move(moved)); }
  std::deque<moved_connection> held;
};

const std::string request = "GET /hello HTTP/1.1\r\nHost: h\r\nX-User: anna\r\n\r\n";

struct Homes : testing::Test {
  Homes() {
    s.routes.get<"/hello">([] { return "hello"; });
    options.homes = &homes;
    options.carries = &leaving;
    options.sticky = *parse_sticky_source("header:X-User");
    s.open(options);
  }

  void ask(io::sim::peer& client) {
    client.send(request);
    s.settle();
  }

  site s;
  told homes;
  bag leaving;
  server_options options;
};

TEST_F(Homes, AreAskedForOnceAndAgainWhenTheyHaveChanged) {
  auto& client = s.connect();
  auto& other = s.connect();
  for (int i = 0; i < 5; ++i) {
    ask(client);
    ask(other);
  }
  EXPECT_EQ(homes.asked, 2U);
  for (unsigned times = 1; times <= 300; ++times) {
    homes.changed = true;
    ask(other);
    ask(client);
    ask(client);
    ASSERT_EQ(homes.asked, 2 + 2 * times);
  }
  EXPECT_TRUE(leaving.held.empty());
}

TEST_F(Homes, WhoseKeyGoesElsewhereFollowsItWithTheNextRequest) {
  auto& client = s.connect();
  ask(client);
  homes.here = false;
  ask(client);
  EXPECT_TRUE(leaving.held.empty()) << "nobody has said that anything changed";
  homes.changed = true;
  ask(client);
  ASSERT_EQ(leaving.held.size(), 1U);
  EXPECT_EQ(leaving.held.front().input, request);
  EXPECT_NE(leaving.held.front().key, 0U);
}

TEST_F(Homes, OneThatIsFullTurnsAwayWhoComesForAKey) {
  homes.here = false;
  auto& client = s.connect();
  ask(client);
  ASSERT_EQ(leaving.held.size(), 1U);
  told there;
  options.homes = &there;
  options.max_connections = 1;
  std::string problem;
  http::server full(s.loop, *s.routes.freeze(problem), s.self, options);
  const int listener = s.world.listen();
  full.listen(listener);
  auto& first = s.world.connect(listener);
  first.send(request);
  s.settle();
  full.adopt(std::move(leaving.held.front()));
  s.settle();
  EXPECT_EQ(parsed_answer(first.received()).status, 200);
  const parsed_answer answer(client.received());
  EXPECT_EQ(answer.status, 503);
  EXPECT_TRUE(answer.has("Connection: close"));
  EXPECT_TRUE(answer.has("Retry-After: 1"));
  EXPECT_EQ(full.counters().turned_away, 1U);
  EXPECT_EQ(there.asked, 1U) << "its request was not looked at again";
}

}  // namespace
}  // namespace shoal::http
