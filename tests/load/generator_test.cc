// Loads as a whole, on a perfect server and on a faulty network.
#include "load/generator.h"

#include <map>

#include "scene.h"

namespace shoal::load {
namespace {

TEST(Generator, SendsByTheClock) {
  scene s;
  s.asked.rate = 100;
  std::vector<monotonic_time> heard;
  s.answer = [&](peer& p, const std::string&) {
    heard.push_back(s.w.now());
    p.send(good);
  };
  const monotonic_time began = s.w.now();
  const report seen = s.run();
  ASSERT_EQ(heard.size(), 99U) << "the first is due after one interval, the last at the end is not";
  for (std::size_t i = 0; i < heard.size(); ++i) {
    const auto due = began + 10ms * (i + 1);
    EXPECT_GE(heard[i], due);
    EXPECT_LT(heard[i], due + 1ms);
  }
  EXPECT_EQ(seen.total.answers, 99U);
  EXPECT_EQ(seen.waited, 0U);
}

TEST(Generator, SendsInBursts) {
  scene s;
  s.asked.rate = 100;
  s.asked.arrivals = {pattern::bursts, 10};
  s.asked.connections = 10;
  std::map<std::int64_t, int> at_ms;
  const monotonic_time began = s.w.now();
  s.answer = [&](peer& p, const std::string&) {
    ++at_ms[std::chrono::duration_cast<std::chrono::milliseconds>(s.w.now() - began).count()];
    p.send(good);
  };
  (void)s.run();
  ASSERT_EQ(at_ms.size(), 9U) << "after 100 ms, 200 ms and so on";
  for (const auto& [when, count] : at_ms) {
    EXPECT_EQ(when % 100, 0) << when;
    EXPECT_EQ(count, 10) << when;
  }
}

TEST(Generator, PipelinesInAnOpenLoopOnlyWhereNoConnectionIsIdle) {
  scene s;
  s.asked.rate = 1000;
  s.asked.arrivals = {pattern::bursts, 8};
  s.asked.connections = 2;
  s.asked.pipeline = 3;
  std::map<peer*, int> out;
  int most = 0;
  s.answer = [&](peer& p, const std::string&) {
    most = std::max(most, ++out[&p]);
    s.w.after(1ms, [&, to = &p] {
      --out[to];
      to->send(good);
    });
  };
  const report seen = s.run();
  EXPECT_EQ(most, 3);
  EXPECT_EQ(seen.total.answers, seen.planned);
  EXPECT_GT(seen.waited, 0U) << "eight at once are more than two times three";
}

TEST(Generator, CountsExactlySoManyRequests) {
  for (const double rate : {0.0, 500.0}) {
    for (const unsigned pipeline : {1U, 7U}) {
      scene s;
      s.asked.rate = rate;
      s.asked.pipeline = pipeline;
      s.asked.count = 100;
      const report seen = s.run();
      EXPECT_EQ(seen.total.answers, 100U) << rate << ' ' << pipeline;
      EXPECT_EQ(s.requests, 100U) << rate << ' ' << pipeline;
      EXPECT_GT(seen.seconds, 0);
    }
  }
}

TEST(Generator, EndsACountThatNobodyAnswersAnyMore) {
  scene s;
  s.asked.count = 100;
  s.asked.timeout = 200ms;
  s.answer = [&](peer& p, const std::string&) {
    if (s.requests <= 50) p.send(good);
  };
  const report seen = s.run();
  EXPECT_EQ(seen.total.answers, 50U);
  EXPECT_GT(seen.total.timeouts, 0U);
}

TEST(Generator, ForgetsTheWarmUp) {
  scene s;
  s.asked.warm_up = 500ms;
  s.asked.rate = 100;
  s.answer = [&](peer& p, const std::string&) {
    p.send(s.requests < 40 ? "HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n" : good);
  };
  const report seen = s.run();
  EXPECT_EQ(seen.total.errors(), 0U);
  EXPECT_NEAR(static_cast<double>(seen.planned), 100, 1);
  EXPECT_EQ(seen.total.answers, seen.planned);
}

TEST(Generator, CountsToTheEndThoughAllAnswersAreWrong) {
  for (const char* text : {"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", "nonsense\r\n\r\n"}) {
    scene s;
    s.asked.connections = 1;
    s.asked.count = 100;
    s.asked.timeout = 200ms;  // all take a second
    s.answer = [&, text](peer& p, const std::string&) {
      s.w.after(10ms, [&p, text] { p.send(text); });
    };
    const report seen = s.run();
    EXPECT_EQ(s.requests, 100U) << text;
    EXPECT_EQ(seen.total.bad_status + seen.total.bad_framing, 100U) << text;
  }
}

TEST(Generator, LeavesTheWarmUpOutOfTheRateOfACount) {
  scene s;
  s.asked.warm_up = 100ms;
  s.asked.connections = 20;
  s.asked.count = 100;
  s.answer = [&](peer& p, const std::string&) { s.w.after(7ms, [&p] { p.send(good); }); };
  const report seen = s.run();
  EXPECT_EQ(seen.total.answers, 100U);
  EXPECT_EQ(seen.right_within, 100U) << "of 120 that came";
  EXPECT_EQ(seen.rate(), 100 / seen.seconds);
}

TEST(Generator, AddsNothingOfTheWarmUpToACount) {
  scene s;
  s.asked.warm_up = 100ms;
  s.asked.connections = 1;
  s.asked.pipeline = 8;
  s.asked.count = 100;
  // Each connection has one answer, which is announced to be the last: what is behind it is asked
  // again, but for what the warm-up has asked.
  std::map<peer*, bool> answered;
  s.answer = [&](peer& p, const std::string&) {
    if (std::exchange(answered[&p], true)) return;
    s.w.after(7ms, [&p] {
      p.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      p.close();
    });
  };
  const report seen = s.run();
  EXPECT_EQ(seen.total.errors(), 0U);
  EXPECT_EQ(seen.total.answers, 100U);
}

TEST(Generator, ChecksEachKindOfAMixForItself) {
  for (const double rate : {0.0, 2000.0}) {
    scene s;
    s.asked.rate = rate;
    s.asked.pipeline = 4;
    s.asked.kinds = {kind("/one", 3), kind("/two", 1), kind("/none", 1)};
    s.asked.kinds[0].expected.body = "hello";
    s.asked.kinds[1].expected.body = "two";
    s.asked.kinds[2].method = "HEAD";
    s.asked.kinds[2].expected.status = 404;
    s.answer = [&](peer& p, const std::string& request) {
      const std::string text = request.starts_with("HEAD")
                                   ? "HTTP/1.1 404 No\r\nContent-Length: 9\r\n\r\n"
                               : request.starts_with("GET /one")
                                   ? good
                                   : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                     "3\r\ntwo\r\n0\r\n\r\n";
      p.send(text);
      s.w.after(1ms, [] {});
    };
    s.asked.duration = 200ms;
    s.asked.count = rate == 0 ? 5000 : 0;
    const report seen = s.run();
    EXPECT_EQ(seen.total.errors(), 0U) << rate;
    ASSERT_EQ(seen.kinds.size(), 3U);
    const auto all = static_cast<double>(seen.total.answers);
    EXPECT_GT(all, 300);
    EXPECT_NEAR(static_cast<double>(seen.kinds[0].tally.answers) / all, 0.6, 0.05) << rate;
    EXPECT_NEAR(static_cast<double>(seen.kinds[1].tally.answers) / all, 0.2, 0.05) << rate;
  }
}

TEST(Generator, StopsWhenItIsTold) {
  scene s;
  s.asked.rate = 100;
  s.asked.duration = 10s;
  s.begin();
  s.w.after(1s, [&] { s.made->ask_to_stop(); });
  const report seen = measure(*s.made, s.asked, s.w.now(), false);
  EXPECT_TRUE(seen.interrupted);
  EXPECT_NEAR(seen.seconds, 1, 0.1);
  EXPECT_GT(seen.total.answers, 90U);
}

TEST(Generator, SaysWhatWasOutAtTheEndOfAClosedLoop) {
  scene s;
  s.asked.connections = 3;
  s.asked.pipeline = 2;
  s.answer = [&](peer& p, const std::string&) {
    s.w.after(600ms, [&p] {
      if (!p.ended()) p.send(good);
    });
  };
  const monotonic_time began = s.w.now();
  const report seen = s.run();
  EXPECT_EQ(seen.total.answers, 6U);
  EXPECT_EQ(seen.unfinished, 6U);
  EXPECT_EQ(seen.total.errors(), 0U);
  EXPECT_EQ(seen.span.begin, began);
  EXPECT_EQ(seen.span.end, began + 1s);
}

TEST(Generator, PublishesFiguresNowAndThen) {
  scene s;
  s.asked.duration = 500ms;
  s.answer = [&](peer& p, const std::string&) {
    s.w.after(1ms, [&p, n = s.requests] {
      p.send(n % 2 == 0 ? good : "HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n");
    });
  };
  s.begin();
  s.made->run_until(s.w.now() + 400ms);
  live_sum sum;
  sum.add(s.made->live());
  EXPECT_NEAR(static_cast<double>(sum.right), 400 * 4 / 2, 4 * 60 / 2) << "at most 50 ms ago";
  EXPECT_LE(sum.right, s.made->seen().right);
}

TEST(Generator, LosesCountOfNothingOnAFaultyNetwork) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    random_source random(seed);
    io::sim::faults faults = io::sim::draw_faults(random);
    faults.emfile = 0;
    faults.max_delay = 2ms;
    scene s(seed, faults);
    s.asked.rate = seed % 2 == 0 ? 1000 : 0;
    s.asked.pipeline = 1 + seed % 4;
    if (s.asked.rate > 0) s.asked.pick = static_cast<pick>(seed / 2 % 4);
    if (s.asked.pick == pick::fresh) s.asked.pipeline = 1;
    s.asked.timeout = 100ms;
    s.asked.duration = 200ms;
    s.answer = [&](peer& p, const std::string&) {
      s.w.after(1ms, [&p] {
        if (!p.closed() && !p.was_reset()) p.send(good);
      });
    };
    const report seen = s.run();
    EXPECT_EQ(seen.total.bad_status + seen.total.bad_framing + seen.total.bad_body, 0U) << seed;
    if (s.asked.rate == 0) continue;
    const tally& t = seen.total;
    EXPECT_EQ(t.answers + t.lost + t.timeouts, seen.planned) << "seed " << seed;
  }
}

}  // namespace
}  // namespace shoal::load
