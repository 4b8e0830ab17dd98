// Connections that follow their packets, on the simulated network: two servers stand for the
// workers of two NUMA nodes.
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "http/arrivals.h"
#include "http/site.h"
#include "support/sanitizers.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;

/// What a cluster would say.
struct told final : packet_homes {
  std::uint16_t node_of(int) const noexcept override { return ++looks, node; }
  bool may_go(std::uint16_t, monotonic_time) noexcept override { return ++asked, goes; }

  std::uint16_t node = no_node;
  bool goes = true;
  unsigned asked = 0;
  mutable unsigned looks = 0;
};

struct bag final : carrier {
  void carry(moved_connection&& moved) noexcept override { held.push_back(std::move(moved)); }
  std::deque<moved_connection> held;
};

std::string get(const std::string& path) { return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n"; }

/// Two servers; connections come to the first one.
struct two_nodes {
  explicit two_nodes(std::uint64_t seed = 1, const io::sim::faults& faults = {}) : s(seed, faults) {
    s.routes.get<"/echo/{text}">([](std::string_view text) { return std::string(text); });
    server_options options;
    options.carries = &leaving;
    options.packet_homes = &here;
    s.open(options);
    std::string problem;
    options.packet_homes = &there;
    other.emplace(s.loop, *s.routes.freeze(problem), s.self, options);
  }

  /// What has been answered after request `number`.
  std::string ask(io::sim::peer& client, int number) {
    client.send(get("/echo/" + std::to_string(number)));
    s.settle();
    return bodies_of(client.received());
  }

  void bring() {
    for (; !leaving.held.empty(); leaving.held.pop_front()) {
      auto& to = leaving.held.front().node == here_id ? *s.server : *other;
      to.adopt(std::move(leaving.held.front()));
    }
    s.settle();
  }

  static constexpr std::uint16_t here_id = 0;
  static constexpr std::uint16_t there_id = 3;

  site s;
  told here;
  told there;
  bag leaving;
  std::optional<http::server> other;
};

TEST(PacketHomes, AreAskedForTheFirstRequestsAndThenNowAndThen) {
  two_nodes n;
  auto& client = n.s.connect();
  for (int i = 0; i < 200; ++i) n.ask(client, i);
  EXPECT_EQ(n.here.looks, 6U);
  EXPECT_EQ(n.here.asked, 0U);
  EXPECT_TRUE(n.leaving.held.empty());
}

TEST(PacketHomes, AConnectionLeavesWithTheThirdRequestThatComesInElsewhere) {
  two_nodes n;
  n.here.node = two_nodes::there_id;
  auto& client = n.s.connect();
  n.ask(client, 0);
  n.ask(client, 1);
  EXPECT_TRUE(n.leaving.held.empty());
  EXPECT_EQ(n.ask(client, 2), "0|1");
  ASSERT_EQ(n.leaving.held.size(), 1U);
  EXPECT_EQ(n.leaving.held.front().node, two_nodes::there_id);
  EXPECT_EQ(n.leaving.held.front().served, 2U);
  EXPECT_EQ(n.leaving.held.front().input, get("/echo/2"));
  EXPECT_EQ(n.s.server->counters().given, 1U);
  n.bring();
  EXPECT_EQ(bodies_of(client.received()), "0|1|2");
  EXPECT_EQ(n.other->counters().adopted, 1U);
}

TEST(PacketHomes, WhoHasComeIsLeftInPeaceForAWhile) {
  two_nodes n;
  n.here.node = two_nodes::there_id;
  n.there.node = two_nodes::here_id;
  auto& client = n.s.connect();
  for (int i = 0; i < 3; ++i) n.ask(client, i);
  n.bring();
  for (int i = 3; i < 2 + arrivals::rest; ++i) n.ask(client, i);
  EXPECT_EQ(n.there.looks, 0U);
  n.ask(client, 2 + arrivals::rest);
  EXPECT_EQ(n.there.looks, 1U);
}

TEST(PacketHomes, WhoMayNotGoIsServedHereAndAsksAgain) {
  two_nodes n;
  n.here.node = two_nodes::there_id;
  n.here.goes = false;
  auto& client = n.s.connect();
  for (int i = 0; i < 63; ++i) n.ask(client, i);
  EXPECT_EQ(n.s.server->counters().requests_total, 63U);
  EXPECT_EQ(n.here.asked, 1U);
  n.here.goes = true;
  n.ask(client, 63);
  EXPECT_EQ(n.here.asked, 2U);
  EXPECT_EQ(n.leaving.held.size(), 1U);
  n.bring();
}

TEST(PacketHomes, NoAnswerThatIsUnderWayIsLeftBehind) {
  two_nodes n;
  n.here.node = two_nodes::there_id;
  auto& client = n.s.send(get("/echo/0") + get("/echo/1") + get("/echo/2") + get("/echo/3"));
  n.s.settle();
  EXPECT_EQ(bodies_of(client.received()), "0|1|2|3");
  EXPECT_TRUE(n.leaving.held.empty());
}

TEST(PacketHomes, NobodyLeavesAServerThatDrains) {
  two_nodes n;
  n.here.node = two_nodes::there_id;
  auto& client = n.s.connect();
  n.ask(client, 0);
  n.ask(client, 1);
  client.send(get("/echo/2"));
  n.s.server->drain();
  n.s.run();
  EXPECT_EQ(bodies_of(client.received()), "0|1|2");
  EXPECT_TRUE(n.leaving.held.empty());
  EXPECT_TRUE(n.s.server->drained());
}

/// Nodes that change at random, requests cut and joined at random, both servers sending on.
TEST(PacketHomes, NothingIsLostDoubledOrReorderedByMoves) {
  const std::uint64_t seeds = running_with_sanitizers ? 30 : 300;
  std::uint64_t moves = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE(seed);
    random_source random(seed);
    two_nodes n(seed, {.short_read = 0.3,
                       .short_send = 0.3,
                       .disorder = 0.3,
                       .put_off = 0.3,
                       .no_buffer = 0.2,
                       .cancel_race = 0.5});
    auto& client = n.s.connect();
    std::string asked;
    std::string expected;
    for (int i = 0; i < 1200; ++i) {
      asked += get("/echo/" + std::to_string(i));
      expected += (i == 0 ? "" : "|") + std::to_string(i);
    }
    while (!asked.empty()) {
      const auto size = std::min<std::size_t>(asked.size(), 1 + random.below(120));
      client.send(asked.substr(0, size));
      asked.erase(0, size);
      n.here.node = random.below(8) == 0 ? no_node : two_nodes::there_id;
      n.there.node = random.below(8) == 0 ? no_node : two_nodes::here_id;
      n.s.loop.run_turn(n.s.loop.now());
      if (random.below(3) == 0) n.bring();
    }
    for (n.s.pass(1ms); !n.leaving.held.empty(); n.s.pass(1ms)) n.bring();
    EXPECT_TRUE(bodies_of(client.received()) == expected);
    moves += n.s.server->counters().given + n.other->counters().given;
  }
  EXPECT_GT(moves, seeds / 2);
}

}  // namespace
}  // namespace shoal::http
