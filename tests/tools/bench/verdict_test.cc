#include "bench/verdict.h"

#include <gtest/gtest.h>

#include "bench/answer.h"
#include "bench/ratio.h"

namespace shoal::bench {
namespace {

/// Pairs in which `a` answers `rate` a second for a second of CPU, and `b` 1,000; or, in an open
/// loop, of which the latencies are in that ratio.
point pairs_of(std::vector<double> ratios, const load_shape& load = {.connections = 64},
               purpose why = purpose::throughput) {
  point p{.why = why, .a = "uring", .b = "epoll", .load = load, .pairs = {}};
  for (const double r : ratios) {
    const auto one = [](double factor) {
      return measurement{.seconds = 1,
                         .answers = static_cast<std::uint64_t>(1000 * factor),
                         .latency = {{static_cast<std::uint64_t>(1'000'000 * factor), 2000}},
                         .server_seconds = 1};
    };
    p.pairs.push_back({one(r), one(1)});
  }
  return p;
}

/// Six, so that the bounds are the extremes.
std::vector<double> around(double middle) {
  return {middle - 0.03, middle - 0.02, middle - 0.01, middle + 0.01, middle + 0.02, middle + 0.03};
}

results with(std::vector<point> points) {
  results all;
  all.points = std::move(points);
  return all;
}

std::string told(const results& all, metric by = metric::requests_a_cpu_second) {
  const auto c = compare(all, all.points.front(), by);
  return c ? sentence(all.points.front(), *c) : "nothing";
}

TEST(Verdict, NamesTheWinnerFirstWhicheverItIs) {
  EXPECT_EQ(told(with({pairs_of(around(1.22))})),
            "io_uring serves 1.22 × [1.19, 1.25] the requests of epoll for a CPU second");
  EXPECT_EQ(told(with({pairs_of(around(0.8))})),
            "epoll serves 1.25 × [1.20, 1.30] the requests of io_uring for a CPU second");
}

TEST(Verdict, OfWhatIsBetterIfLessHasTheLesserFirst) {
  const load_shape open{.connections = 64, .rate = 1000};
  EXPECT_EQ(told(with({pairs_of(around(0.8), open)}), metric::p99),
            "the p99 latency of io_uring is 0.80 × [0.77, 0.83] that of epoll");
  EXPECT_EQ(told(with({pairs_of(around(1.25), open)}), metric::p99),
            "the p99 latency of epoll is 0.80 × [0.78, 0.82] that of io_uring");
}

TEST(Verdict, WhereTheBoundsIncludeOneIsNoDifferenceThatThisMachineCanShow) {
  EXPECT_EQ(told(with({pairs_of(around(1.01))})),
            "requests for a CPU second: no difference that this machine can show (1.010 × "
            "[0.980, 1.040])");
}

TEST(Verdict, WhereEqualsDifferAsMuchSaysSo) {
  point noise = pairs_of(around(1.05));
  noise.why = purpose::noise;
  noise.b = "uring";
  const results all = with({pairs_of(around(1.06)), noise});
  EXPECT_EQ(told(all),
            "requests for a CPU second: smaller than what this machine shows between equals (8 %) "
            "(1.06 × [1.03, 1.09])");
  EXPECT_EQ(told(with({pairs_of(around(1.12)), noise})),
            "io_uring serves 1.12 × [1.09, 1.15] the requests of epoll for a CPU second");
}

TEST(Verdict, TakesTheNoiseOfTheSameLoadBeforeThatOfOthers) {
  point same = pairs_of(around(1));
  point other = pairs_of(around(1.3), {.connections = 1});
  point open = pairs_of(around(1.5), {.connections = 64, .rate = 100});
  same.why = other.why = open.why = purpose::noise;
  const results all = with({other, open, same});
  const auto noise = [&](const load_shape& load) {
    return noise_of(all, metric::requests_a_cpu_second, load);
  };
  EXPECT_NEAR(noise({.connections = 64}), 1.03, 0.002);
  EXPECT_NEAR(noise({.connections = 1}), 1.33, 0.002);
  EXPECT_NEAR(noise({.connections = 512}), 1.33, 0.002);
  EXPECT_EQ(noise_of(with({}), metric::p99, {}), 1);
}

TEST(Verdict, OfFewPairsIsNone) {
  EXPECT_EQ(told(with({pairs_of({1.2, 1.2, 1.2, 1.2, 1.2})})),
            "requests for a CPU second: 5 pairs are too few to tell; it takes 6 (1.20 ×)");
}

TEST(Verdict, IsNotGivenOfWhatIsNotKnownOfBoth) {
  point p = pairs_of(around(1.2));
  for (auto& pair : p.pairs) pair.b.server_seconds = -1;
  EXPECT_EQ(told(with({p})), "nothing");
  EXPECT_EQ(told(with({p}), metric::system_calls), "nothing");
  EXPECT_EQ(told(with({pairs_of({})})), "nothing");
}

TEST(Answer, IsGivenByConnections) {
  EXPECT_EQ(answer(with({pairs_of(around(1), {.connections = 1}), pairs_of(around(1.22))})).at(0),
            "On this machine io_uring serves 1.22 × [1.19, 1.25] the requests of epoll for a CPU "
            "second at "
            "64 connections, and ties at 1.");
}

TEST(Answer, HasTheGreatestDifferenceFirst) {
  EXPECT_EQ(answer(with({pairs_of(around(1.1), {.connections = 8}), pairs_of(around(1.22)),
                         pairs_of(around(1.15), {.connections = 4096})}))
                .at(0),
            "On this machine io_uring serves 1.22 × [1.19, 1.25] the requests of epoll for a CPU "
            "second at 64 connections, 1.15 × [1.12, 1.18] at 4,096 and 1.10 × [1.07, 1.13] at 8.");
}

TEST(Answer, SaysWhereTheOtherWinsInTheSameWords) {
  EXPECT_EQ(answer(with({pairs_of(around(0.8), {.connections = 1}), pairs_of(around(1.22))})).at(0),
            "On this machine io_uring serves 1.22 × [1.19, 1.25] the requests of epoll for a CPU "
            "second at 64 connections; epoll serves 1.25 × [1.20, 1.30] the requests of io_uring "
            "for a CPU second at 1 connection.");
  EXPECT_EQ(answer(with({pairs_of(around(0.8))})).at(0),
            "On this machine epoll serves 1.25 × [1.20, 1.30] the requests of io_uring for a CPU "
            "second at 64 connections.");
}

TEST(Answer, WhereAllTieIsNoDifferenceThatThisMachineCanShow) {
  EXPECT_EQ(
      answer(with({pairs_of(around(1), {.connections = 1}), pairs_of(around(1))})).at(0),
      "On this machine, between io_uring and epoll there is, in requests for a CPU second, no "
      "difference that this machine can show, at 1 and 64 connections.");
}

TEST(Answer, IsOfThePlainestLoadAlone) {
  EXPECT_EQ(answer(with({pairs_of(around(1.5), {.connections = 64, .pipeline = 16}),
                         pairs_of(around(1.22))}))
                .at(0),
            "On this machine io_uring serves 1.22 × [1.19, 1.25] the requests of epoll for a CPU "
            "second at 64 connections.");
}

TEST(Answer, HasASecondSentenceOnLatencyNearSeventyPercent) {
  std::vector<point> points = {pairs_of(around(1.22))};
  for (const double share : {0.3, 0.7, 0.9}) {
    points.push_back(pairs_of(around(share), {.connections = 64, .rate = 1000, .share = share},
                              purpose::latency));
  }
  EXPECT_EQ(answer(with(points)).at(1),
            "At 64 connections and 70 % of what the slower one can do, the p99 latency of io_uring "
            "is 0.70 × [0.67, 0.73] that of epoll.");
}

TEST(Answer, HasASecondSentenceOnRequestsASecondWhereNoLatencyCanBeToldOf) {
  std::vector<point> points = {pairs_of(around(1.22)), pairs_of(around(1.1), {.connections = 8})};
  points.push_back(
      pairs_of({0.5, 0.5}, {.connections = 64, .rate = 1000, .share = 0.7}, purpose::latency));
  EXPECT_EQ(
      answer(with(points)).at(1),
      "At 64 connections, io_uring serves 1.22 × [1.19, 1.25] the requests of epoll a second.");
  // Where they are the first sentence already there is no second.
  for (point& p : points) {
    for (auto& pair : p.pairs) pair.a.server_seconds = -1;
  }
  EXPECT_EQ(answer(with(points)).size(), 1U);
}

TEST(Answer, OfNothingIsNone) {
  EXPECT_TRUE(answer({}).empty());
  EXPECT_TRUE(reasons({}).empty());
  EXPECT_TRUE(answer(with({pairs_of({})})).empty());
}

TEST(Reasons, SayWhatSystemCallsTurnsAndSwitchesAre) {
  point p = pairs_of(around(1.25));
  for (auto& pair : p.pairs) {
    pair.a.answers = pair.b.answers = 1'000'000;
    pair.a.server_seconds = 8;
    pair.b.server_seconds = 10;
    pair.a.system_calls = 150'000;
    pair.b.system_calls = 2'150'000;
    pair.a.turns = pair.b.turns = 100'000;
    pair.a.completions = 1'400'000;
    pair.b.completions = 1'200'000;
    pair.a.switches = 20'000;
    pair.b.switches = 50'000;
  }
  results all = with({p});
  all.system_call_ns = 250;
  all.wake_ns = 5000;
  EXPECT_EQ(
      reasons(all),
      (std::vector<std::string>{
          "At 64 connections io_uring makes 0.150 system calls a request, epoll 2.15. One that "
          "does nothing costs 250 ns here, so the 2.00 that epoll makes more cost 500 ns at least, "
          "of "
          "the 2.00 µs of CPU that it takes more for a request.",
          "A turn of the loop gets 14.0 outcomes from the kernel with io_uring, 12.0 with epoll: "
          "what a turn costs is shared by so many.",
          "For a request the kernel switches threads 0.0200 times with io_uring and 0.0500 times "
          "with epoll; to wake a thread that sleeps takes 5.00 µs here."}));
}

TEST(Reasons, ClaimNoCauseThatIsLargerThanItsEffect) {
  point p = pairs_of(around(1.25));
  for (auto& pair : p.pairs) {
    pair.a.server_seconds = 0.9;
    pair.b.server_seconds = 1;
    pair.a.answers = pair.b.answers = 1'000'000;
    pair.a.system_calls = 0;
    pair.b.system_calls = 2'000'000;
  }
  results all = with({p});
  all.system_call_ns = 250;
  EXPECT_EQ(reasons(all).at(0),
            "At 64 connections io_uring makes 0 system calls a request, epoll 2.00. One that does "
            "nothing costs 250 ns here.");
}

}  // namespace
}  // namespace shoal::bench
