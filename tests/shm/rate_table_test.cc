#include "shm/rate_table.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "support/child_process.h"

namespace shoal::shm {
namespace {

constexpr std::uint64_t second = 1'000'000;

rate_table must_create(rate_rule rule, std::size_t buckets = 1024) {
  auto made = rate_table::create(buckets, rule);
  SHOAL_CHECK(made.ok());
  return std::move(made).value();
}

/// How many of `tries` are allowed.
unsigned allowed(const rate_table& table, std::uint64_t key, std::uint64_t now, unsigned tries) {
  unsigned count = 0;
  for (; tries > 0; --tries) count += table.take(key, now).allowed ? 1 : 0;
  return count;
}

TEST(RateTable, AllowsABurstAndThenTheRate) {
  const auto table = must_create({.interval_us = second, .burst = 3});
  const std::uint64_t start = 77 * second;
  EXPECT_EQ(allowed(table, 1, start, 10), 3u);
  EXPECT_EQ(allowed(table, 1, start + second - 1, 10), 0u);
  EXPECT_EQ(allowed(table, 1, start + second, 10), 1u);
  EXPECT_EQ(allowed(table, 1, start + 3 * second, 10), 2u);
  EXPECT_EQ(allowed(table, 1, start + 1000 * second, 10), 3u) << "no more than the burst is saved";
}

TEST(RateTable, SaysWhatIsLeftAndWhen) {
  const auto table = must_create({.interval_us = 100, .burst = 2});
  const auto first = table.take(1, 5000);
  EXPECT_TRUE(first.allowed);
  EXPECT_EQ(first.remaining, 1u);
  EXPECT_EQ(first.recovery_us, 100u);
  EXPECT_EQ(table.take(1, 5030).remaining, 0u);
  const auto refused = table.take(1, 5060);
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.retry_us, 40u);
  EXPECT_EQ(refused.recovery_us, 140u);
  EXPECT_FALSE(table.take(1, 5099).allowed);
  EXPECT_TRUE(table.take(1, 5100).allowed);
}

TEST(RateTable, CountsEachKeyByItself) {
  const auto table = must_create({.interval_us = second, .burst = 2});
  const std::uint64_t a = std::uint64_t{1} << 60, b = std::uint64_t{2} << 60;  // of one line
  EXPECT_EQ(allowed(table, a, 9, 10), 2u);
  EXPECT_EQ(allowed(table, b, 9, 10), 2u);
  EXPECT_EQ(allowed(table, a, 9, 10), 0u);
}

/// What it promises in the plain words of a token bucket.
class reference_bucket {
 public:
  explicit reference_bucket(rate_rule rule) : rule_(rule), level_(rule.interval_us * rule.burst) {}
  bool take(std::uint64_t now) {
    level_ = std::min(level_ + now - last_, rule_.interval_us * rule_.burst);
    last_ = now;
    if (level_ < rule_.interval_us) return false;
    level_ -= rule_.interval_us;
    return true;
  }

 private:
  rate_rule rule_;
  std::uint64_t level_;
  std::uint64_t last_ = 0;
};

TEST(RateTable, DoesWhatATokenBucketDoes) {
  const char* given = std::getenv("SHOAL_SEED");
  const auto seed = given != nullptr ? std::strtoull(given, nullptr, 10) : draw_seed();
  SCOPED_TRACE("SHOAL_SEED=" + std::to_string(seed));
  random_source random(seed);
  for (int round = 0; round < 50; ++round) {
    const rate_rule rule{1 + random.below(1000), 1 + random.below(20)};
    const auto table = must_create(rule, 4096);
    std::map<std::uint64_t, reference_bucket> buckets;
    const std::uint64_t keys[] = {random.next(), random.next(), random.next()};
    // Near the end of the 44 bits half of the time: the moments wrap.
    std::uint64_t now = random.one_in(2) ? (std::uint64_t{1} << 44) - 20'000 : random.below(second);
    for (int step = 0; step < 2000; ++step) {
      now += random.below(rule.interval_us);
      const auto key = keys[random.below(3)];
      auto& bucket = buckets.try_emplace(key, rule).first->second;
      ASSERT_EQ(table.take(key, now).allowed, bucket.take(now)) << "step " << step;
    }
  }
}

TEST(RateTable, ForgetsWhatIsHalfAYearOld) {
  const auto table = must_create({.interval_us = second, .burst = 2});
  EXPECT_EQ(allowed(table, 1, second, 10), 2u);
  const std::uint64_t half_way = std::uint64_t{1} << 43;
  EXPECT_EQ(allowed(table, 1, half_way - 1000, 10), 2u);
  EXPECT_EQ(allowed(table, 1, half_way * 2 - 3600 * second, 10), 2u);
}

TEST(RateTable, ToleratesAClockThatIsReadLate) {
  const auto table = must_create({.interval_us = second, .burst = 2});
  EXPECT_EQ(allowed(table, 1, 100 * second, 10), 2u);
  EXPECT_EQ(allowed(table, 1, 90 * second, 10), 0u);
}

TEST(RateTable, GivesUpTheKeyThatLosesTheLeast) {
  const auto table = must_create({.interval_us = second, .burst = 10}, 8);
  const auto key = [](std::uint64_t n) { return n << 44; };
  for (std::uint64_t n = 1; n <= 8; ++n)
    EXPECT_EQ(allowed(table, key(n), second, static_cast<unsigned>(n)), n);
  EXPECT_EQ(table.take(key(9), second).remaining, 9u);  // in the place of key 1
  for (std::uint64_t n = 2; n <= 8; ++n)
    EXPECT_EQ(allowed(table, key(n), second, 20), 10 - n) << "remembered";
}

TEST(RateTable, IsRefusedWithFiguresThatMakeNoSense) {
  EXPECT_FALSE(rate_table::create(0, {1, 1}).ok());
  EXPECT_FALSE(rate_table::create(rate_table::most_buckets + 1, {1, 1}).ok());
  EXPECT_FALSE(rate_table::create(8, {0, 1}).ok());
  EXPECT_FALSE(rate_table::create(8, {1, 0}).ok());
  EXPECT_TRUE(rate_table::create(8, {rate_table::longest_us, 1}).ok());
  EXPECT_FALSE(rate_table::create(8, {rate_table::longest_us, 2}).ok());
  EXPECT_FALSE(rate_table::create(8, {2, ~std::uint64_t{0} / 2}).ok());
  EXPECT_EQ(must_create({1, 1}, 1).buckets(), 8u);
  EXPECT_EQ(must_create({1, 1}, 1000).buckets(), 1024u);
}

/// Counters that children and parent share.
class shared_counts {
 public:
  shared_counts()
      : memory_(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    SHOAL_CHECK(memory_ != MAP_FAILED);
  }
  ~shared_counts() { ::munmap(memory_, 4096); }
  std::atomic<std::uint64_t>& operator[](std::size_t i) const {
    return static_cast<std::atomic<std::uint64_t>*>(memory_)[i];
  }

 private:
  void* memory_;
};

constexpr unsigned processes = 4;
constexpr std::size_t keys = 16;

std::uint64_t key_of(std::size_t i) { return random_source(i).next(); }

using children = std::vector<std::unique_ptr<testing::child_process>>;

/// Processes that run `body(number)` at once: none begins before all are there.
template <typename Body>
children start(Body body) {
  const shared_counts arrived;
  children started;
  for (unsigned i = 0; i < processes; ++i) {
    started.push_back(std::make_unique<testing::child_process>([&] {
      for (++arrived[0]; arrived[0] < processes;) ::sched_yield();
      body(i);
    }));
  }
  return started;
}

TEST(RateTable, OfManyProcessesAllowsExactlyTheBurstWhileTimeStands) {
  const auto table = must_create({.interval_us = second, .burst = 5000});
  const shared_counts counts;
  // Known before, so that nobody brings a key in.
  for (std::size_t k = 0; k < keys; ++k) counts[k] += table.take(key_of(k), second).allowed;
  for (auto& child : start([&](unsigned) {
         for (int round = 0; round < 2000; ++round)
           for (std::size_t k = 0; k < keys; ++k)
             if (table.take(key_of(k), second).allowed) ++counts[k];
       }))
    EXPECT_EQ(child->wait(), 0);
  for (std::size_t k = 0; k < keys; ++k) EXPECT_EQ(counts[k], 5000u) << "key " << k;
}

TEST(RateTable, OfManyProcessesAllowsAtMostOneMoreForEachThatBringsAKeyIn) {
  const auto table = must_create({.interval_us = second, .burst = 10});
  const shared_counts counts;
  for (auto& child : start([&](unsigned) {
         for (int round = 0; round < 200; ++round)
           for (std::size_t k = 0; k < keys; ++k)
             if (table.take(key_of(k), second).allowed) ++counts[k];
       }))
    EXPECT_EQ(child->wait(), 0);
  for (std::size_t k = 0; k < keys; ++k) {
    EXPECT_GE(counts[k], 10u);
    EXPECT_LE(counts[k], 10u + processes - 1);
  }
}

TEST(RateTable, HoldsTheRateAlthoughTheProcessesClocksDisagree) {
  constexpr std::uint64_t interval = 100, steps = 20'000, burst = 5;
  const auto table = must_create({.interval_us = interval, .burst = burst});
  const shared_counts counts;
  counts[0] += table.take(key_of(0), second).allowed;
  for (auto& child : start([&](unsigned) {
         for (std::uint64_t step = 0; step < steps; ++step)
           if (table.take(key_of(0), second + step * 10).allowed) ++counts[0];
       }))
    EXPECT_EQ(child->wait(), 0);
  const auto most = burst + (steps - 1) * 10 / interval;
  EXPECT_LE(counts[0], most);
  EXPECT_GE(counts[0], most - burst) << "the last process to come through sees to that";
}

TEST(RateTable, SurvivesAProcessThatIsKilledInTheMiddle) {
  const auto table = must_create({.interval_us = second, .burst = 1'000'000});
  const shared_counts counts;
  counts[0] += table.take(key_of(0), second).allowed;
  auto hammering = start([&](unsigned) {
    for (;;)
      if (table.take(key_of(0), second).allowed) ++counts[0];
  });
  while (counts[0] < 10'000) ::sched_yield();
  for (auto& child : hammering) child->kill();
  const std::uint64_t before = counts[0];
  const auto after = table.take(key_of(0), second);
  // A process may have been killed between being allowed and counting it.
  EXPECT_LE(before + 1 + after.remaining, 1'000'000u);
  EXPECT_GE(before + 1 + after.remaining + processes, 1'000'000u);
}

}  // namespace
}  // namespace shoal::shm
