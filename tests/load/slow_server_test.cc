// A server that stands still once, seen by the clock and seen by a loop that waits for it.
#include "load/own_limits.h"
#include "load/report.h"
#include "scene.h"

namespace shoal::load {
namespace {

constexpr nanoseconds service = 1ms;
constexpr nanoseconds still = 1400ms;

/// Answers each request a millisecond later, but for 1.4 s after the fourth second to nobody.
struct stalling_scene : scene {
  stalling_scene() {
    const monotonic_time began = w.now();
    answer = [this, began](peer& p, const std::string&) {
      const monotonic_time stall = began + 4s;
      monotonic_time when = w.now() + service;
      if (when > stall && when < stall + still) when = stall + still;
      w.after(when - w.now(), [&p] {
        if (!p.ended()) p.send(good);
      });
    };
    asked.duration = 10s;
  }
};

double ms(std::uint64_t ns) { return static_cast<double>(ns) / 1e6; }

TEST(SlowServer, ShowsItsStallInFullToWhoAsksByTheClock) {
  stalling_scene s;
  s.asked.rate = 1000;
  s.asked.connections = 64;
  const report seen = s.run();
  EXPECT_EQ(seen.planned, 9'999U);
  EXPECT_EQ(seen.total.answers, 9'999U);
  EXPECT_EQ(seen.total.errors(), 0U);
  const histogram l = seen.latency();
  // 1,400 requests were due while it stood still, and waited for 1,400 ms, 1,399 ms, 1,398 ms ...
  EXPECT_NEAR(ms(l.most()), 1400, 5);
  EXPECT_NEAR(ms(l.percentile(99.9)), 1390, 5);
  EXPECT_NEAR(ms(l.percentile(99)), 1300, 5);
  EXPECT_NEAR(ms(l.percentile(90)), 400, 25);
  EXPECT_LE(ms(l.percentile(50)), 1.1);
  EXPECT_GT(seen.waited, 1000U) << "found no connection free, and counted from their time";
}

TEST(SlowServer, HidesItsStallFromWhoWaitsForIt) {
  stalling_scene s;
  s.asked.connections = 1;  // which asks 1,000 times a second, too, as long as it is answered
  const report seen = s.run();
  const histogram l = seen.latency();
  EXPECT_NEAR(static_cast<double>(seen.total.answers), 8'600, 30);
  EXPECT_NEAR(ms(l.most()), 1400, 5) << "one of them has met it";
  EXPECT_LE(ms(l.percentile(99.9)), 1.1);
  EXPECT_TRUE(limits_of(s.asked, seen).empty());
}

TEST(SlowServer, IsNotBlamedOnTheGenerator) {
  stalling_scene s;
  s.asked.rate = 1000;
  s.asked.connections = 64;
  const report seen = s.run();
  EXPECT_EQ(seen.send_lag.percentile(99), 0U) << "whoever found a connection left on time";
}

TEST(SlowServer, LeavesTheLoadBehindAndTheGeneratorUnblamed) {
  stalling_scene s;
  s.asked.rate = 1000;
  s.asked.connections = 64;
  s.asked.duration = 5s;  // ends while it stands still
  const report seen = s.run();
  EXPECT_TRUE(behind(s.asked, seen));
  EXPECT_TRUE(limits_of(s.asked, seen).empty());
}

}  // namespace
}  // namespace shoal::load
