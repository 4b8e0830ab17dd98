#include "load/gathering.h"

#include "scene.h"

namespace shoal::load {
namespace {

TEST(Gathering, IsForAServerThatIsBehind) {
  EXPECT_TRUE(lets_gather(64, 0, 64));
  EXPECT_TRUE(lets_gather(64, 7, 64));
  EXPECT_FALSE(lets_gather(64, 8, 64)) << "an eighth had an answer";
}

TEST(Gathering, NeedsSoManyRequestsOutThatTheServerDoesNotRunDry) {
  EXPECT_FALSE(lets_gather(fewest_out_to_gather - 1, 0, 31));
  EXPECT_TRUE(lets_gather(fewest_out_to_gather, 0, 32));
  EXPECT_TRUE(lets_gather(fewest_out_to_gather, 0, 1)) << "pipelined on one connection";
}

// If it slept, the test would not come to its end.
TEST(Gathering, IsNoPartOfARoundTripOfFewConnections) {
  for (const unsigned connections : {1U, 2U, 8U, 31U}) {
    scene s;
    s.asked.connections = connections;
    s.asked.gather = 1h;
    s.asked.count = 200;
    s.answer = [&](peer& p, const std::string&) { s.w.after(1ms, [&p] { p.send(good); }); };
    EXPECT_EQ(s.run().total.answers, 200U) << connections;
  }
}

}  // namespace
}  // namespace shoal::load
