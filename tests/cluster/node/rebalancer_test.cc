#include "cluster/node/rebalancer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>

#include "base/random.h"

namespace shoal::cluster {
namespace {

using namespace std::chrono_literals;

std::uint64_t test_seed() {
  const char* const given = std::getenv("SHOAL_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : draw_seed();
}

/// Connections that ask at random, each at its own rate, on workers of a virtual cluster. A worker
/// that is told to give does as http::server::give_away: the hottest that fit.
class cluster_model {
 public:
  cluster_model(unsigned workers, std::uint64_t seed)
      : rebalancer_(workers), busy_(workers), random_(seed) {}

  /// `cost`: what one request of it holds its worker for.
  void add(unsigned worker, double requests_a_second, nanoseconds cost) {
    connections_.push_back({worker, requests_a_second, cost});
  }

  void run(nanoseconds time) {
    for (const auto end = now_ + time; now_ < end;) {
      now_ += rebalancer::window;
      work();
      for (const auto& one : rebalancer_.look(now_, busy_)) give(one);
    }
  }

  void sleep(nanoseconds time) { now_ += time; }

  /// Of the rates: the load that is expected, without chance.
  [[nodiscard]] double max_by_mean() const {
    std::vector<double> load(busy_.size());
    for (const auto& c : connections_)
      load[c.worker] += c.rate * static_cast<double>(c.cost.count());
    double sum = 0;
    for (const double one : load) sum += one;
    return *std::max_element(load.begin(), load.end()) * static_cast<double>(load.size()) / sum;
  }

  [[nodiscard]] unsigned moves() const { return moves_; }
  [[nodiscard]] unsigned shifts() const { return shifts_; }
  [[nodiscard]] unsigned most_moves_of_one() const {
    unsigned most = 0;
    for (const auto& c : connections_) most = std::max(most, c.moves);
    return most;
  }

 private:
  struct connection {
    unsigned worker;
    double rate;
    nanoseconds cost;
    unsigned requests = 0;  // since its worker gave
    unsigned moves = 0;
  };

  unsigned draw_requests(double expected) {
    unsigned count = 0;
    double left = std::exp(-expected);
    for (double p = uniform(); p > left; p *= uniform()) ++count;
    return count;
  }

  double uniform() { return (static_cast<double>(random_.next() >> 11) + 0.5) * 0x1p-53; }

  void work() {
    const double seconds = std::chrono::duration<double>(rebalancer::window).count();
    std::vector<nanoseconds> spent(busy_.size());
    for (auto& c : connections_) {
      const unsigned requests = draw_requests(c.rate * seconds);
      c.requests += requests;
      spent[c.worker] += requests * c.cost;
    }
    for (std::size_t i = 0; i < busy_.size(); ++i) {
      busy_[i] += std::min<nanoseconds>(spent[i], rebalancer::window);
    }
  }

  void give(const shift& what) {
    ++shifts_;
    std::vector<connection*> own;
    double sum = 0;
    for (auto& c : connections_) {
      if (c.worker != what.from) continue;
      own.push_back(&c);
      sum += heat(c);
    }
    std::sort(own.begin(), own.end(), [](auto* a, auto* b) { return heat(*a) > heat(*b); });
    std::vector<double> got(what.to.size());
    double left = what.part * sum;
    unsigned gone = 0;
    for (connection* c : own) {
      const double h = heat(*c);
      c->requests = 0;
      if (h == 0 || h > left || gone == rebalancer::most_moves) continue;
      std::size_t to = 0;
      for (std::size_t i = 1; i < got.size(); ++i) {
        if (got[i] * what.to[to].weight < got[to] * what.to[i].weight) to = i;
      }
      got[to] += h;
      left -= h;
      c->worker = what.to[to].worker;
      ++c->moves;
      ++gone;
    }
    moves_ += gone;
  }

  static double heat(const connection& c) {
    return c.requests * static_cast<double>(c.cost.count());
  }

  rebalancer rebalancer_;
  std::vector<nanoseconds> busy_;
  random_source random_;
  std::vector<connection> connections_;
  monotonic_time now_{std::chrono::hours(1)};
  unsigned moves_ = 0;
  unsigned shifts_ = 0;
};

class Rebalancer : public testing::Test {
 protected:
  void SetUp() override { SCOPED_TRACE("SHOAL_SEED=" + std::to_string(seed_)); }

  void for_seeds(unsigned count, const std::function<void(std::uint64_t)>& check) {
    for (unsigned i = 0; i < count; ++i) {
      SCOPED_TRACE("SHOAL_SEED=" + std::to_string(seed_ + i));
      check(seed_ + i);
    }
  }

  std::uint64_t seed_ = test_seed();
};

TEST_F(Rebalancer, EqualLoadLeadsToNoMove) {
  unsigned shifts = 0;
  for_seeds(10, [&](std::uint64_t seed) {
    cluster_model model(8, seed);
    for (unsigned i = 0; i < 1000; ++i) model.add(i % 8, 3, 1ms);
    model.run(30s);
    shifts += model.shifts();
  });
  EXPECT_LE(shifts, 6U) << "in five minutes";
}

TEST_F(Rebalancer, ChanceLeadsToNoMoveHoweverCoarseTheWorkIs) {
  unsigned shifts = 0;
  for_seeds(10, [&](std::uint64_t seed) {
    cluster_model model(8, seed);
    for (unsigned i = 0; i < 64; ++i) model.add(i % 8, 1.6, 20ms);  // 5 % of 2,000/s block
    model.run(30s);
    shifts += model.shifts();
  });
  EXPECT_LE(shifts, 12U) << "in five minutes";
}

TEST_F(Rebalancer, LittleLoadIsLeftWhereItIs) {
  for_seeds(10, [](std::uint64_t seed) {
    cluster_model model(8, seed);
    for (unsigned i = 0; i < 100; ++i) model.add(0, 10, 50us);  // 5 % of one worker
    model.run(10s);
    EXPECT_EQ(model.moves(), 0U);
  });
}

TEST_F(Rebalancer, AWorkerWithTwiceTheConnectionsGivesThemAwayWithinSeconds) {
  for_seeds(10, [](std::uint64_t seed) {
    cluster_model model(8, seed);
    for (unsigned i = 0; i < 1000; ++i) model.add(i % 9 % 8, 3, 1ms);
    EXPECT_GT(model.max_by_mean(), 1.7);
    model.run(4s);
    EXPECT_LE(model.max_by_mean(), 1.35);
    model.run(10s);
    EXPECT_LE(model.max_by_mean(), 1.25);
  });
}

TEST_F(Rebalancer, HotConnectionsThatFellTogetherAreSpread) {
  for_seeds(10, [](std::uint64_t seed) {
    cluster_model model(8, seed);
    for (unsigned i = 0; i < 900; ++i) model.add(i % 8, 1.6, 1ms);
    for (unsigned i = 0; i < 100; ++i) model.add(i % 3, 16, 1ms);
    EXPECT_GT(model.max_by_mean(), 1.6);
    model.run(4s);
    EXPECT_LE(model.max_by_mean(), 1.35);
    model.run(10s);
    EXPECT_LE(model.max_by_mean(), 1.25);
  });
}

TEST_F(Rebalancer, WhatIsOverComesToRest) {
  for_seeds(10, [](std::uint64_t seed) {
    cluster_model model(8, seed);
    random_source draw(seed);
    for (unsigned i = 0; i < 500; ++i) {
      model.add(static_cast<unsigned>(draw.below(4)), 1.0 + static_cast<double>(draw.below(10)),
                1ms);
    }
    model.run(8s);
    const unsigned before = model.moves();
    EXPECT_LE(model.max_by_mean(), 1.3);
    model.run(20s);
    EXPECT_LE(model.moves() - before, 60U);
    EXPECT_LE(model.most_moves_of_one(), 4U) << "to and fro";
  });
}

TEST_F(Rebalancer, ASingleHotConnectionDoesNotWander) {
  for_seeds(5, [](std::uint64_t seed) {
    cluster_model model(4, seed);
    model.add(0, 600, 1ms);
    for (unsigned i = 1; i < 4; ++i) model.add(i, 50, 1ms);
    model.run(20s);
    EXPECT_EQ(model.moves(), 0U) << "wherever it is, that worker has it all";
  });
}

TEST_F(Rebalancer, WhatWasBeforeASleepIsForgotten) {
  rebalancer one(2);
  monotonic_time now{1h};
  std::vector<nanoseconds> busy{0ns, 0ns};
  const auto pass = [&](nanoseconds time, nanoseconds first) {
    now += time;
    busy[0] += first;
    return one.look(now, busy);
  };
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(pass(100ms, 90ms).empty());
  EXPECT_TRUE(pass(10s, 0ms).empty());
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(pass(100ms, 90ms).empty()) << "windows count anew";
  const auto shifts = pass(100ms, 90ms);
  ASSERT_EQ(shifts.size(), 1U);
  EXPECT_EQ(shifts[0].from, 0U);
  EXPECT_NEAR(shifts[0].part, 0.5, 0.01);
  ASSERT_EQ(shifts[0].to.size(), 1U);
  EXPECT_EQ(shifts[0].to[0].worker, 1U);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(pass(100ms, 90ms).empty()) << "it rests";
}

}  // namespace
}  // namespace shoal::cluster
