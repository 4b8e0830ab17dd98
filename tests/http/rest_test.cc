// A server that rests and is called back, on the simulated network; whole clusters are in
// tests/cluster/duties_test.cc.
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>

#include "http/site.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;

struct basket final : carrier {
  void carry(moved_connection&& moved) noexcept override { held.push_back(std::move(moved)); }
  [[nodiscard]] unsigned room() const noexcept override { return 100; }

  std::deque<moved_connection> held;
};

const std::string request = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";

struct Rest : testing::Test {
  Rest() {
    s.routes.get<"/hello">([] { return "hello"; });
    options.carries = &gone;
    s.open(options);
  }

  site s;
  basket gone;
  server_options options;
};

TEST_F(Rest, WhatItHasAndWhatComesGoesElsewhere) {
  auto& client = s.connect();
  client.send(request);
  s.settle();
  s.server->rest(true, true);
  s.settle();
  EXPECT_EQ(gone.held.size(), 1U);
  s.connect();
  s.pass(2ms);
  EXPECT_EQ(gone.held.size(), 2U);
  EXPECT_EQ(s.server->counters().connections_open, 0U);
  EXPECT_FALSE(s.server->drained()) << "it may be called back";
}

TEST_F(Rest, ARequestThatComesWithAConnectionIsServedElsewhere) {
  s.server->rest(true, true);
  auto& client = s.connect();
  client.send(request);
  s.pass(2ms);
  ASSERT_EQ(gone.held.size(), 1U);
  EXPECT_EQ(client.received(), "");
}

TEST_F(Rest, WhoMayNotAcceptLeavesClientsInTheQueue) {
  s.server->rest(true, false);
  s.settle();
  auto& client = s.connect();
  client.send(request);
  s.pass(5ms);
  EXPECT_TRUE(gone.held.empty());
  EXPECT_EQ(s.server->counters().connections_accepted, 0U);
  s.server->rest(false, true);
  s.settle();
  EXPECT_EQ(bodies_of(client.received()), "hello");
}

TEST_F(Rest, CalledBackItServesAsBefore) {
  s.server->rest(true, true);
  s.settle();
  s.server->rest(false, true);
  auto& client = s.connect();
  client.send(request);
  s.settle();
  client.send(request);
  s.settle();
  EXPECT_EQ(bodies_of(client.received()), "hello|hello");
  EXPECT_TRUE(gone.held.empty());
}

}  // namespace
}  // namespace shoal::http
