// A server that tries its successor on a share of its connections, on the simulated network; whole
// clusters are in tests/cluster/canaries_test.cc.
#include "http/trial_share.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>

#include "http/site.h"
#include "shm/tally.h"
#include "shoal/io/sleep.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;

TEST(TrialShare, ChoosesAsManyAsItsPercentWhateverTheHeadStart) {
  for (const unsigned percent : {1U, 5U, 33U, 50U, 99U, 100U}) {
    for (const unsigned head_start : {0U, 25U, 100U}) {
      trial_share share;
      share.begin(percent, head_start);
      unsigned chosen = 0;
      for (unsigned n = 0; n < 1'000; ++n) chosen += share.chooses() ? 1 : 0;
      const unsigned most = (1'000 * percent + head_start) / 100;
      EXPECT_LE(chosen, most) << percent << " " << head_start;
      EXPECT_GE(chosen, 10 * percent) << percent << " " << head_start;
    }
  }
}

TEST(TrialShare, AFullHeadStartChoosesTheFirst) {
  trial_share share;
  EXPECT_FALSE(share.is_on());
  share.begin(1, 100);
  EXPECT_TRUE(share.is_on());
  EXPECT_TRUE(share.chooses());
  EXPECT_FALSE(share.chooses());
  share.begin(0, 0);
  EXPECT_FALSE(share.is_on());
}

TEST(TrialShare, ItsNumberIsNeverThatOfAConnectionThatNobodyHasAskedFor) {
  trial_share share;
  for (int times = 0; times < 300; ++times) {
    const auto before = share.number();
    share.begin(5, 0);
    EXPECT_NE(share.number(), before);
    EXPECT_GE(share.number(), 1);
    EXPECT_LE(share.number(), 127);
  }
}

struct bag final : carrier {
  void carry(moved_connection&& moved) noexcept override { held.push_back(std::move(moved)); }
  [[nodiscard]] unsigned room() const noexcept override { return left; }

  std::deque<moved_connection> held;
  unsigned left = 100;
};

const std::string request = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";

struct SharingServer : testing::Test {
  SharingServer() {
    s.routes.get<"/hello">([] { return "hello"; });
    s.routes.get<"/sleep">([]() -> task<std::string> {
      co_await sleep(50ms);
      co_return "slept";
    });
    options.carries = &tried;
    s.open(options);
  }

  site s;
  bag tried;
  server_options options;
};

TEST_F(SharingServer, EachOfSoManyConnectionsGoesWithItsNextRequest) {
  std::deque<io::sim::peer*> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(&s.connect());
    if (i % 2 == 0) clients.back()->send(request);  // others come with their first one
  }
  s.settle();
  s.server->share(25, 100);
  s.settle();
  EXPECT_TRUE(tried.held.empty()) << "who says nothing stays";
  for (auto* const client : clients) {
    client->send(request);
    s.settle();
  }
  ASSERT_EQ(tried.held.size(), 2U);
  for (const auto& one : tried.held) {
    EXPECT_TRUE(one.on_trial);
    EXPECT_EQ(one.input, request);
    EXPECT_FALSE(one.has_home());
  }
  EXPECT_EQ(tried.held[0].served, 1U) << "the first";
  for (auto* const client : clients) client->send(request);
  s.settle();
  EXPECT_EQ(tried.held.size(), 2U) << "each is asked for once";
}

TEST_F(SharingServer, AnotherTrialAsksAgainAndNoShareAsksNobody) {
  auto& client = s.connect();
  s.server->share(1, 0);
  client.send(request);
  s.settle();
  s.server->share(0, 0);
  client.send(request);
  s.settle();
  EXPECT_EQ(bodies_of(client.received()), "hello|hello");
  s.server->share(1, 100);
  client.send(request);
  s.settle();
  EXPECT_EQ(tried.held.size(), 1U);
  EXPECT_FALSE(s.server->drained()) << "it goes on";
}

TEST_F(SharingServer, WhatIsUnderWayEndsHere) {
  auto& client = s.connect();
  client.send("GET /sleep HTTP/1.1\r\nHost: h\r\n\r\n");
  s.settle();
  s.server->share(100, 0);
  s.pass(60ms);
  EXPECT_EQ(bodies_of(client.received()), "slept");
  EXPECT_TRUE(tried.held.empty());
  client.send(request);
  s.settle();
  EXPECT_EQ(tried.held.size(), 1U);
}

TEST_F(SharingServer, WhereThereIsNoRoomItIsServedHereAndAskedForAgain) {
  auto& client = s.connect();
  tried.left = 0;
  s.server->share(100, 0);
  client.send(request);
  s.settle();
  EXPECT_EQ(bodies_of(client.received()), "hello");
  tried.left = 1;
  client.send(request);
  s.settle();
  EXPECT_EQ(tried.held.size(), 1U);
}

TEST_F(SharingServer, WhoComesBackIsServedBeforeItIsSentAgain) {
  auto& client = s.connect();
  s.server->share(100, 0);
  client.send(request);
  s.settle();
  ASSERT_EQ(tried.held.size(), 1U);
  auto back = std::move(tried.held.front());
  tried.held.clear();
  back.stays = true;
  s.server->adopt(std::move(back));
  s.settle();
  EXPECT_TRUE(tried.held.empty());
  EXPECT_EQ(bodies_of(client.received()), "hello");
  client.send(request);
  s.settle();
  EXPECT_EQ(tried.held.size(), 1U);
}

TEST_F(SharingServer, CountsTimesInTwoPlaces) {
  const auto table = shm::tally_table::create(1).value();
  s.server->count_also(&table.of(0));
  auto& client = s.connect();
  client.send("GET /sleep HTTP/1.1\r\nHost: h\r\n\r\n");
  s.pass(60ms);
  s.server->count_also(nullptr);
  client.send("GET /sleep HTTP/1.1\r\nHost: h\r\n\r\n");
  s.pass(60ms);
  std::uint64_t counted = 0;
  for (const auto n : shm::read_tally(table.of(0)).latency) counted += n;
  EXPECT_EQ(counted, 1U);
}

}  // namespace
}  // namespace shoal::http
