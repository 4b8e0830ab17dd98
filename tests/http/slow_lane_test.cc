// What takes long waits for a turn of its own. lending/lending_test.cc has others take it
// meanwhile.
#include "http/slow_lane.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/clock.h"
#include "http/site.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;
using testing::Test;

constexpr const char* slow_request = "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr const char* light_request = "GET /light HTTP/1.1\r\nHost: x\r\n\r\n";

class SlowLane : public Test {
 protected:
  /// A site that knows its slow route.
  void open(site& s) {
    s.routes.get<"/slow">([this] {
      served_.emplace_back("slow");
      for (const auto end = read_clock() + 1ms; read_clock() < end;) {
      }
      return "slow";
    });
    s.routes.get<"/light">([this] { return served_.emplace_back("light"); });
    s.open();
    s.server->turn_was_long();
    s.send(slow_request);
    s.pass(1ms);
    ASSERT_EQ(served_.size(), 1U);
    served_.clear();
  }

  std::vector<std::string> served_;
};

TEST_F(SlowLane, LetsThoseGoFirstThatCameWithIt) {
  site s;
  open(s);
  auto& slow = s.send(slow_request);
  auto& also_slow = s.send(slow_request);
  auto& light = s.send(light_request);
  s.pass(1ms);
  EXPECT_EQ(served_, (std::vector<std::string>{"light", "slow", "slow"}));
  EXPECT_EQ(bodies_of(slow.received()), "slow");
  EXPECT_EQ(bodies_of(also_slow.received()), "slow");
  EXPECT_EQ(bodies_of(light.received()), "light");
}

TEST_F(SlowLane, KeepsTheOrderOfOneConnection) {
  site s;
  open(s);
  auto& client = s.send(std::string(light_request) + slow_request + light_request + slow_request);
  s.pass(1ms);
  EXPECT_EQ(bodies_of(client.received()), "light|slow|light|slow");
}

TEST_F(SlowLane, ServesWhoIsInItBeforeADrainEnds) {
  site s;
  open(s);
  auto& client = s.send(slow_request);
  for (int turn = 0; turn < 2; ++turn) s.loop.run_turn(s.loop.now());
  s.server->drain();
  s.run();
  EXPECT_EQ(bodies_of(client.received()), "slow");
  EXPECT_TRUE(s.server->drained());
}

/// Nothing of it is left: AddressSanitizer looks.
TEST_F(SlowLane, MayEndInWhateverTurnWithSomebodyInIt) {
  for (int turns = 1; turns < 8; ++turns) {
    site s;
    open(s);
    s.send(slow_request);
    s.send(slow_request);
    for (int turn = 0; turn < turns; ++turn) s.loop.run_turn(s.loop.now());
    s.server.reset();
    served_.clear();
  }
}

}  // namespace
}  // namespace shoal::http
