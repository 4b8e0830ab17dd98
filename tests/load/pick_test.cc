// Which connection a request takes, and what that makes of waiting.
#include "load/pick.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "load/waiting_line.h"
#include "scene.h"

namespace shoal::load {
namespace {

constexpr pick all_picks[] = {pick::idle, pick::random, pick::round_robin, pick::fresh};

TEST(Deck, TakesEveryConnectionInTurnAndHotOnesTheirTimes) {
  deck cards(20, 2, 10, 1);
  std::map<std::size_t, int> seen;
  for (int i = 0; i < 18 + 2 * 10; ++i) ++seen[cards.next()];
  EXPECT_EQ(seen.size(), 20U);
  EXPECT_EQ(std::ranges::count_if(seen, [](const auto& one) { return one.second == 10; }), 2);
  EXPECT_EQ(std::ranges::count_if(seen, [](const auto& one) { return one.second == 1; }), 18);
}

TEST(Deck, DrawsAllConnections) {
  deck cards(10, 0, 1, 1);
  std::set<std::size_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(cards.draw());
  EXPECT_EQ(seen.size(), 10U);
}

TEST(Pick, IsReadFromAWord) {
  for (const auto& [text, means] : {std::pair{"idle", pick::idle},
                                    {"random", pick::random},
                                    {"round-robin", pick::round_robin},
                                    {"new", pick::fresh}}) {
    EXPECT_EQ(parse_pick(text).value(), means);
    EXPECT_EQ(name_of(means), text);
  }
  EXPECT_FALSE(parse_pick("fresh"));
  EXPECT_EQ(parse_hot("0.25:4").value().share, 0.25);
  EXPECT_EQ(parse_hot("0.25:4").value().factor, 4U);
  for (const char* text :
       {"", "0.1", "0.1:", ":10", "0:10", "1.5:10", "0.1:0", "0.1:1001", "a:b"}) {
    EXPECT_FALSE(parse_hot(text)) << text;
  }
}

TEST(Pick, HasAsManyHotConnectionsHoweverManyThreadsShareThem) {
  for (const auto& [part, all, hot] :
       {std::tuple{0.1, 40U, 4U}, {0.1, 4U, 0U}, {0.125, 4U, 1U}, {0.5, 9U, 5U}, {1.0, 7U, 7U}}) {
    EXPECT_EQ(hot_ones({part, 10}, all), hot) << part << " of " << all;
    for (const unsigned threads : {1U, 3U, 8U}) {
      std::uint64_t sum = 0;
      for (unsigned i = 0; i < threads; ++i) {
        const share mine{i, threads};
        EXPECT_LE(mine.of_all(hot), mine.of_all(all));
        sum += mine.of_all(hot);
      }
      EXPECT_EQ(sum, hot);
    }
  }
}

TEST(Pick, RefusesHotConnectionsThatAreNoneOrADeckTooLarge) {
  options asked;
  asked.kinds = {kind("/")};
  asked.rate = 1;
  asked.pick = pick::random;
  const auto why = [&](unsigned connections, hot_connections hot) {
    asked.connections = connections;
    asked.hot = hot;
    const auto right = check(asked);
    return right ? std::string() : right.error().message;
  };
  EXPECT_EQ(why(5, {0.1, 10}), "");
  EXPECT_NE(why(4, {0.1, 10}).find("half a one of 4 connections"), std::string::npos);
  EXPECT_EQ(why(16'000, {1, 1000}), "");
  EXPECT_NE(why(1'000'000, {1, 1000}).find("a deck of 1000000000 cards"), std::string::npos);
}

TEST(WaitingLine, KeepsItsOrderAndForgetsWhatHasGone) {
  waiting_line line;
  std::size_t next = 0;
  for (std::size_t i = 0; i < 1000; ++i) {
    line.push({{}, i});
    if (i % 3 != 0) continue;
    EXPECT_EQ(line.front().place, next++);
    line.pop();
  }
  for (; !line.empty(); line.pop()) EXPECT_EQ(line.front().place, next++);
  EXPECT_EQ(next, 1000U);
}

TEST(Pick, HasEveryRequestAnsweredWhateverItIs) {
  for (const pick each : all_picks) {
    scene s;
    s.asked.rate = 500;
    s.asked.arrivals = {pattern::poisson, 1};
    s.asked.pick = each;
    s.answer = [&](peer& p, const std::string&) { s.w.after(3ms, [&p] { p.send(good); }); };
    const report seen = s.run();
    const int which = static_cast<int>(each);
    EXPECT_GT(seen.planned, 400U) << which;
    EXPECT_EQ(seen.total.answers, seen.planned) << which;
    EXPECT_EQ(seen.total.opened, each == pick::fresh ? seen.planned : 4) << which;
    EXPECT_EQ(seen.total.ended, 0U) << which;
    EXPECT_EQ(seen.unfinished, 0U) << which;
  }
}

TEST(Pick, LetsARequestWaitInTheLineOfAConnectionOrForOneThatIsIdle) {
  for (const pick each : {pick::random, pick::round_robin, pick::idle}) {
    scene s;
    s.asked.rate = 1000;
    s.asked.pick = each;
    // One of four connections stands still for a second.
    std::set<peer*> known;
    s.answer = [&](peer& p, const std::string&) {
      const bool still = known.insert(&p).second && known.size() == 1;
      s.w.after(still ? 1s : nanoseconds(100us), [&p] { p.send(good); });
    };
    const report seen = s.run();
    EXPECT_EQ(seen.total.answers, seen.planned);
    if (each == pick::idle) {
      EXPECT_LE(seen.latency().percentile(99.8), 1'000'000U) << "only one has met it";
    } else {
      EXPECT_NEAR(static_cast<double>(seen.latency().percentile(87.5)), 500e6, 100e6)
          << "a quarter has waited, half a second on average";
      EXPECT_EQ(seen.waited, 0U);
    }
  }
}

TEST(Pick, GivesHotConnectionsMore) {
  scene s;
  s.asked.rate = 1000;
  s.asked.pick = pick::round_robin;
  s.asked.connections = 10;
  s.asked.hot = {0.1, 11};
  std::map<peer*, int> heard;
  s.answer = [&](peer& p, const std::string&) {
    ++heard[&p];
    p.send(good);
  };
  (void)s.run();
  std::vector<int> counts;
  for (const auto& [who, count] : heard) counts.push_back(count);
  std::ranges::sort(counts);
  ASSERT_EQ(counts.size(), 10U);
  EXPECT_NEAR(counts.back(), 550, 15);
  EXPECT_NEAR(counts.front(), 50, 5);
}

/// One of ten requests takes 100 ms, the others one.
struct heavy_scene : scene {
  explicit heavy_scene(bool alone) {
    asked.rate = 200;
    asked.duration = 5s;
    asked.kinds = {kind("/light", 9), kind("/heavy", 1)};
    asked.kinds[1].alone = alone;
    answer = [this](peer& p, const std::string& request) {
      const bool heavy = request.starts_with("GET /heavy");
      w.after(heavy ? 100ms : 1ms, [&p] { p.send(good); });
    };
  }
};

TEST(Pick, LetsNobodyWaitBehindARequestThatIsAlone) {
  for (const bool alone : {false, true}) {
    heavy_scene s(alone);
    s.asked.pick = pick::random;
    s.asked.connections = 32;
    const report seen = s.run();
    EXPECT_EQ(seen.total.answers, seen.planned);
    EXPECT_GT(seen.kinds[1].latency.least(), std::uint64_t{99'000'000});
    // A light one may wait for others like it.
    EXPECT_EQ(seen.kinds[0].latency.most() < 20'000'000, alone);
  }
}

TEST(Pick, PipelinesNothingBehindARequestThatIsAlone) {
  heavy_scene s(true);
  s.asked.pipeline = 4;
  s.asked.connections = 2;
  s.asked.arrivals = {pattern::bursts, 8};
  const auto answer = s.answer;
  std::map<peer*, int> heavy_out;
  s.answer = [&](peer& p, const std::string& request) {
    EXPECT_EQ(heavy_out[&p], 0) << request;
    if (request.starts_with("GET /heavy")) {
      ++heavy_out[&p];
      s.w.after(99ms, [&] { --heavy_out[&p]; });
    }
    answer(p, request);
  };
  const report seen = s.run();
  EXPECT_EQ(seen.total.answers, seen.planned);
  EXPECT_EQ(seen.total.errors(), 0U);
}

TEST(Pick, GivesUpWhatIsNotAnsweredInTime) {
  for (const pick each : all_picks) {
    scene s;
    s.asked.rate = 100;
    s.asked.pick = each;
    s.asked.timeout = 300ms;
    s.answer = [](peer&, const std::string&) {};
    const report seen = s.run();
    const int which = static_cast<int>(each);
    EXPECT_EQ(seen.planned, 99U) << which;
    EXPECT_EQ(seen.total.timeouts, 99U) << which;
    EXPECT_GE(seen.latency().least(), std::uint64_t{300'000'000}) << which;
  }
}

TEST(Pick, OfANewConnectionLosesItsRequestWhereNobodyListens) {
  scene s;
  s.asked.rate = 100;
  s.asked.pick = pick::fresh;
  s.asked.to.address.bytes = s.w.refusing_address();
  const report refused = s.run();
  EXPECT_EQ(refused.total.refused, 99U);
  EXPECT_EQ(refused.total.lost, 99U);

  scene silent;
  silent.asked.rate = 100;
  silent.asked.pick = pick::fresh;
  silent.asked.timeout = 100ms;
  silent.asked.to.address.bytes = silent.w.silent_address();
  const report seen = silent.run();
  EXPECT_EQ(seen.total.timeouts + seen.total.lost, seen.planned);
  EXPECT_GT(seen.total.unopened, 0U);
}

TEST(Pick, OpensNoMoreNewConnectionsAtATimeThanItMay) {
  scene s;
  s.asked.rate = 1000;
  s.asked.pick = pick::fresh;
  s.asked.connections = 3;
  s.answer = [&](peer& p, const std::string&) {
    EXPECT_LE(s.w.open_sockets(), 1U + 2 * 3);
    s.w.after(10ms, [&p] {
      if (!p.ended()) p.send(good);
    });
  };
  s.asked.duration = 200ms;
  const report seen = s.run();
  EXPECT_GT(seen.waited, 100U);
  EXPECT_EQ(seen.total.answers, seen.planned);
}

TEST(Refusals, AreNeitherAnswersNorErrorsWhereTheyAreAllowed) {
  const std::string refusal = "HTTP/1.1 503 No\r\nRetry-After: 1\r\nContent-Length: 5\r\n\r\nlater";
  const std::string blunt = "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n";
  for (const double rate : {0.0, 500.0}) {
    for (const bool polite : {true, false}) {
      scene s;
      s.asked.rate = rate;
      s.asked.kinds = {kind("/light"), kind("/job")};
      s.asked.kinds[1].expected.may_refuse = true;
      s.asked.kinds[1].expected.body = "hello";
      s.answer = [&](peer& p, const std::string& request) {
        const bool job = request.starts_with("GET /job");
        const std::string& text = !job ? good : polite ? refusal : blunt;
        s.w.after(1ms, [&p, &text] { p.send(text); });
      };
      const report seen = s.run();
      const tally& job = seen.kinds[1].tally;
      EXPECT_GT(polite ? job.refusals : job.bad_status, 100U) << rate;
      EXPECT_EQ(job.refusals == 0, !polite) << rate;
      EXPECT_EQ(job.answers, 0U);
      EXPECT_EQ(seen.kinds[1].latency.count(), 0U);
      EXPECT_EQ(seen.total.errors() == 0, polite) << rate;
      EXPECT_EQ(seen.total.opened, 4U) << "the connection is kept";
      EXPECT_EQ(seen.total.answers, seen.kinds[0].tally.answers);
    }
  }
}

}  // namespace
}  // namespace shoal::load
