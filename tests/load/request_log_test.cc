#include "load/request_log.h"

#include <map>

#include "scene.h"

namespace shoal::load {
namespace {

TEST(RequestLog, IsALineForEachEntry) {
  const std::vector<request_kind> kinds = {kind("GET /a b")};
  const monotonic_time due{1'500'000'000ns};
  EXPECT_EQ(log_line({due, due + 2500us, 0, 4711, fate::answered}, kinds),
            "GET /a b\t1.500000\t2.500000\tanswered\t4711\n");
  EXPECT_EQ(log_line({due, due, 0, 80, fate::ended}, kinds), "-\t1.500000\t0.000000\tended\t80\n");
  EXPECT_EQ(log_line({due, due + 1s, 0, 0, fate::timed_out}, kinds),
            "GET /a b\t1.500000\t1000.000000\ttimed_out\t0\n");
}

TEST(RequestLog, HoldsWhatEachMeasuredRequestHasComeTo) {
  for (const double rate : {0.0, 500.0}) {
    scene s;
    s.asked.log = true;
    s.asked.rate = rate;
    s.asked.pick = rate > 0 ? pick::random : pick::idle;
    s.asked.warm_up = 100ms;
    s.asked.timeout = 100ms;
    s.asked.kinds[0].expected.may_refuse = true;
    const monotonic_time began = s.w.now();
    const std::string refusal = "HTTP/1.1 503 No\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n";
    s.answer = [&](peer& p, const std::string&) {
      switch (s.requests % 50) {
        case 10:
          return;  // never
        case 20:
          return p.reset();
        case 30:
          return p.send("HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n");
        case 40:
          return p.send(refusal);
        default:
          break;
      }
      s.w.after(1ms, [&p] {
        if (!p.ended() && !p.was_reset()) p.send(good);
      });
    };
    const report seen = s.run();
    std::map<fate, std::uint64_t> counts;
    for (const log_entry& each : seen.log) {
      ++counts[each.what];
      EXPECT_LE(each.due, each.ended);
      EXPECT_GE(each.ended, began + 100ms);
      if (rate > 0) EXPECT_GE(each.due, began + 100ms);
      if (each.what == fate::timed_out) EXPECT_GE(each.ended - each.due, 100ms);
    }
    const tally& t = seen.total;
    EXPECT_GT(t.timeouts, 0U) << rate;
    EXPECT_EQ(counts[fate::answered], t.answers) << rate;
    EXPECT_EQ(counts[fate::refused], t.refusals) << rate;
    EXPECT_EQ(counts[fate::failed], t.lost + t.bad_status) << rate;
    EXPECT_EQ(counts[fate::timed_out], t.timeouts) << rate;
    if (rate > 0) EXPECT_EQ(seen.log.size() - counts[fate::ended], seen.planned);
  }
}

TEST(RequestLog, TellsOfConnectionsThatTheServerEndsWithNothingOut) {
  scene s;
  s.asked.log = true;
  s.asked.rate = 100;
  s.answer = [&](peer& p, const std::string&) {
    p.send(good);
    s.w.after(1ms, [&p] { p.close(); });
  };
  const report seen = s.run();
  const auto ended = std::ranges::count(seen.log, fate::ended, &log_entry::what);
  EXPECT_EQ(static_cast<std::uint64_t>(ended), seen.total.ended);
  EXPECT_EQ(ended, 99);
}

TEST(RequestLog, KeepsNothingUnlessItIsAsked) {
  scene s;
  s.asked.count = 100;
  EXPECT_TRUE(s.run().log.empty());
}

}  // namespace
}  // namespace shoal::load
