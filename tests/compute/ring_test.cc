#include "compute/ring.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <functional>
#include <iostream>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "support/interleavings.h"
#include "support/sanitizers.h"

namespace shoal::compute {
namespace {

struct element {
  std::atomic<unsigned> taken{0};
  unsigned from = 0;
  unsigned number = 0;
};

TEST(Ring, GivesBackWhatCameFirst) {
  ring<element> r(4);
  std::array<element, 3> some;
  EXPECT_EQ(r.pop(), nullptr);
  for (int round = 0; round < 5; ++round) {
    for (auto& e : some) ASSERT_TRUE(r.push(e));
    EXPECT_EQ(r.size(), 3U);
    for (auto& e : some) EXPECT_EQ(r.pop(), &e);
    EXPECT_EQ(r.pop(), nullptr);
  }
}

TEST(Ring, TakesNothingMoreWhenFull) {
  ring<element> r(2);
  std::array<element, 3> some;
  EXPECT_TRUE(r.push(some[0]));
  EXPECT_TRUE(r.push(some[1]));
  EXPECT_FALSE(r.push(some[2]));
  EXPECT_EQ(r.pop(), &some[0]);
  EXPECT_TRUE(r.push(some[2]));
}

TEST(Ring, ClosedItGivesBackWhatItHasAndTakesNothing) {
  ring<element> r(2);
  std::array<element, 2> some;
  EXPECT_TRUE(r.push(some[0]));
  r.close();
  EXPECT_TRUE(r.closed());
  EXPECT_FALSE(r.push(some[1]));
  EXPECT_EQ(r.size(), 1U);
  EXPECT_EQ(r.pop_last(), &some[0]);
  EXPECT_EQ(r.pop_last(), nullptr);
}

// Every interleaving, in a ring that is full with two.

struct world {
  basic_ring<element, test::model_atomic> ring{2};
  std::array<element, 4> some;
  unsigned pushed = 0;
  unsigned taken = 0;

  void push(element& e) { pushed += ring.push(e) ? 1 : 0; }
  void count(element* e) {
    if (e == nullptr) return;
    e->taken.fetch_add(1, std::memory_order_relaxed);
    ++taken;
  }
};

using bodies = std::vector<std::function<void(world&)>>;

std::string explore(const bodies& threads) {
  test::interleavings all(threads.size());
  std::unique_ptr<world> now;
  const auto prepare = [&] {
    now = std::make_unique<world>();
    std::vector<std::function<void()>> bound;
    for (const auto& body : threads) bound.emplace_back([&] { body(*now); });
    return bound;
  };
  all.explore(prepare, [&] {
    if (!now->ring.closed()) now->ring.close();
    while (element* const left = now->ring.pop_last()) now->count(left);
    all.require(now->taken == now->pushed, "one is lost, or taken that was refused");
    for (const auto& e : now->some) all.require(e.taken <= 1, "taken twice");
  });
  std::cout << all.runs() << " runs through " << all.states() << " states\n";
  return all.fault();
}

const std::function<void(world&)> pops = [](world& w) { w.count(w.ring.pop()); };

TEST(Ring, TwoWhoPushAndTwoWhoPopLoseNothing) {
  EXPECT_EQ(explore({[](world& w) { w.push(w.some[0]); }, [](world& w) { w.push(w.some[1]); }, pops,
                     pops}),
            "");
}

TEST(Ring, NothingIsLostWhereItIsFullNow) {
  const auto push_three = [](world& w) {
    for (unsigned i = 0; i < 3; ++i) w.push(w.some[i]);
  };
  EXPECT_EQ(explore({push_three, [](world& w) { w.push(w.some[3]); }, pops}), "");
}

TEST(Ring, WhatWasPushedBeforeTheEndComesOut) {
  const auto closes = [](world& w) { w.ring.close(); };
  EXPECT_EQ(explore({[](world& w) { w.push(w.some[0]); }, [](world& w) { w.push(w.some[1]); }, pops,
                     closes}),
            "");
}

TEST(Ring, ThreadsThatPushAndPopAtOnceKeepTheOrderOfEach) {
  constexpr unsigned pushers = 3;
  constexpr unsigned each = running_with_sanitizers ? 3'000 : 30'000;
  ring<element> r(64);
  std::vector<std::unique_ptr<element[]>> all;
  for (unsigned p = 0; p < pushers; ++p) all.push_back(std::make_unique<element[]>(each));
  std::atomic<unsigned> left{pushers * each};
  std::atomic<unsigned> disorder{0};
  std::vector<std::thread> threads;
  for (unsigned p = 0; p < pushers; ++p) {
    threads.emplace_back([&, p] {
      for (unsigned i = 0; i < each; ++i) {
        all[p][i].from = p;
        all[p][i].number = i + 1;
        while (!r.push(all[p][i])) std::this_thread::yield();
      }
    });
  }
  for (unsigned c = 0; c < 2; ++c) {
    threads.emplace_back([&] {
      std::array<unsigned, pushers> last{};
      while (left.load() > 0) {
        element* const e = r.pop();
        if (e == nullptr) {
          std::this_thread::yield();
          continue;
        }
        left.fetch_sub(1);
        e->taken.fetch_add(1);
        if (e->number <= std::exchange(last[e->from], e->number)) disorder.fetch_add(1);
      }
    });
  }
  for (auto& t : threads) t.join();
  EXPECT_EQ(disorder.load(), 0U);
  for (const auto& one : all) {
    for (unsigned i = 0; i < each; ++i) ASSERT_EQ(one[i].taken.load(), 1U);
  }
}

}  // namespace
}  // namespace shoal::compute
