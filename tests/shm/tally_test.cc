#include "shm/tally.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <thread>

#include "support/child_process.h"

namespace shoal::shm {
namespace {

using namespace std::chrono_literals;

TEST(LatencyBucket, HoldsItsUpperBound) {
  EXPECT_EQ(latency_bucket(0ns), 0U);
  for (std::size_t i = 0; i < latency_bounds.size(); ++i) {
    EXPECT_EQ(latency_bucket(latency_bounds[i]), i);
    EXPECT_EQ(latency_bucket(latency_bounds[i] + 1ns), i + 1);
  }
  EXPECT_EQ(latency_bucket(24h), latency_buckets - 1);
}

TEST(Tally, GoesOnWithTheNextOwner) {
  const auto table = tally_table::create(2).value();
  take_up(table.of(1), 0, 0);
  add(table.of(1), total::accepted, 3);
  add_latency(table.of(1), 2ms, 4);
  take_up(table.of(1), 1, 1);
  add(table.of(1), total::accepted, 2);
  const auto seen = read_tally(table.of(1));
  EXPECT_EQ(seen.of(total::accepted), 5U);
  EXPECT_EQ(seen.latency[latency_bucket(2ms)], 4U);
  EXPECT_EQ(seen.latency_sum_ns, 8'000'000U);
  EXPECT_EQ(seen.generation, 1U);
  EXPECT_EQ(seen.restarts, 1U);
  EXPECT_FALSE(seen.suspect);
  EXPECT_EQ(read_tally(table.of(0)).of(total::accepted), 0U) << "each has its own";
}

TEST(Tally, NeverTellsOfALateOldOwnerWhatIsYounger) {
  const auto table = tally_table::create(1).value();
  take_up(table.of(0), 7, 2);
  take_up(table.of(0), 6, 1);
  EXPECT_EQ(read_tally(table.of(0)).generation, 7U);
  EXPECT_EQ(read_tally(table.of(0)).restarts, 2U);
}

TEST(Tally, LosesNothingWhileTwoHaveTheNumber) {
  const auto table = tally_table::create(1).value();
  constexpr std::uint64_t each = 200'000;
  const auto work = [&] {
    for (std::uint64_t i = 0; i < each; ++i) {
      add(table.of(0), total::answers_2xx, 1);
      add_latency(table.of(0), 30us, 1);
    }
  };
  std::thread other(work);
  work();
  other.join();
  const auto seen = read_tally(table.of(0));
  EXPECT_EQ(seen.of(total::answers_2xx), 2 * each);
  EXPECT_EQ(seen.latency[latency_bucket(30us)], 2 * each);
}

TEST(Tally, NeverFallsThoughItsOwnersAreKilled) {
  const auto table = tally_table::create(1).value();
  std::uint64_t last = 0;
  for (std::uint64_t life = 0; life < 5; ++life) {
    testing::child_process owner([&] {
      take_up(table.of(0), life, life);
      while (true) add(table.of(0), total::answers_2xx, 1);
    });
    const std::uint64_t goal = last + 1000;
    while (last < goal) {
      const auto seen = read_tally(table.of(0)).of(total::answers_2xx);
      ASSERT_GE(seen, last);
      last = seen;
    }
    owner.kill();
    const auto left = read_tally(table.of(0)).of(total::answers_2xx);
    ASSERT_GE(left, last);
    last = left;
  }
  EXPECT_EQ(read_tally(table.of(0)).restarts, 4U);
}

TEST(Tally, FlagsWhatCannotBeAndTheNextOwnerBeginsThatAnew) {
  const auto table = tally_table::create(1).value();
  auto* const words = reinterpret_cast<word*>(&table.of(0));
  constexpr std::size_t used = totals + 2 + latency_buckets + 1;
  for (std::size_t i = 0; i < used; ++i) {
    add(table.of(0), total::shed, 1);
    words[i].store(~std::uint64_t{0});
    EXPECT_TRUE(read_tally(table.of(0)).suspect) << i;
    take_up(table.of(0), 0, 0);
    EXPECT_FALSE(read_tally(table.of(0)).suspect) << i;
    EXPECT_EQ(words[i].load(), 0U) << i;
  }
  EXPECT_GT(read_tally(table.of(0)).of(total::shed), 0U) << "the others stay";
}

}  // namespace
}  // namespace shoal::shm
