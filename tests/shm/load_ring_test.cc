#include "shm/load_ring.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <stop_token>
#include <thread>

#include "base/random.h"
#include "shm/load_segment.h"
#include "support/child_process.h"

namespace shoal::shm {
namespace {

/// A sample whose every number follows from `n`, so that a mixture of two shows.
load_sample sample(std::uint64_t n) {
  return {.at_ns = n,
          .requests_total = n * 3,
          .busy_ns = n * 5,
          .connections_open = static_cast<std::uint32_t>(n * 7),
          .requests_in_flight = static_cast<std::uint32_t>(n * 11),
          .longest_turn_ns = n * 13,
          .generation = n * 17,
          .lag_mean_ns = n * 19,
          .run_delay_ns = n * 23,
          .predicted_work_us = n * 29,
          .unserved = static_cast<std::uint32_t>(n * 31),
          .jobs_queued = static_cast<std::uint32_t>(n * 37),
          .resident_bytes = n * 41};
}

TEST(LoadRing, IsEmptyAtFirst) {
  const auto ring = std::make_unique<load_ring>();
  EXPECT_TRUE(read_last(*ring, 100).empty());
}

TEST(LoadRing, GivesTheLastSamplesOldestFirst) {
  const auto ring = std::make_unique<load_ring>();
  for (std::uint64_t n = 1; n <= 5; ++n) append(*ring, sample(n));
  EXPECT_EQ(read_last(*ring, 2), (std::vector{sample(4), sample(5)}));
  EXPECT_EQ(read_last(*ring, 0), std::vector<load_sample>{});
  EXPECT_EQ(read_last(*ring, 100).size(), 5U);
}

TEST(LoadRing, KeepsTheLastThousandWhenItGoesRound) {
  const auto ring = std::make_unique<load_ring>();
  for (std::uint64_t n = 1; n <= 3 * ring_capacity + 7; ++n) append(*ring, sample(n));
  const auto all = read_last(*ring, 1 << 20);
  ASSERT_EQ(all.size(), ring_capacity);
  EXPECT_EQ(all.front(), sample(2 * ring_capacity + 8));
  EXPECT_EQ(all.back(), sample(3 * ring_capacity + 7));
}

TEST(LoadRing, LeavesOutARecordWhoseWriterWasKilledInside) {
  const auto ring = std::make_unique<load_ring>();
  for (std::uint64_t n = 1; n <= 3; ++n) append(*ring, sample(n));
  ring->records[1].first.store(2 + ring_capacity);
  EXPECT_EQ(read_last(*ring, 10), (std::vector{sample(1), sample(3)}));
}

TEST(LoadRing, ANewWriterGoesOnWhereADeadOneStopped) {
  const auto ring = std::make_unique<load_ring>();
  append(*ring, sample(1));
  ring->records[1].first.store(2);  // killed before it counted
  ring->records[1].at_ns.store(99);
  append(*ring, sample(2));
  EXPECT_EQ(read_last(*ring, 10), (std::vector{sample(1), sample(2)}));
}

TEST(LoadRing, ReadsNothingOutOfGarbage) {
  const char* given = std::getenv("SHOAL_SEED");
  const std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : draw_seed();
  SCOPED_TRACE("SHOAL_SEED=" + std::to_string(seed));
  random_source random(seed);
  const auto ring = std::make_unique<load_ring>();
  for (load_record& r : ring->records) {
    r.first.store(random.next());
    r.last.store(random.next());
  }
  for (const std::uint64_t written : {std::uint64_t{0}, std::uint64_t{1}, random.next(),
                                      ~std::uint64_t{0}, std::uint64_t{ring_capacity}}) {
    ring->written.store(written);
    EXPECT_TRUE(read_last(*ring, ~std::size_t{0}).empty()) << written;
  }
}

TEST(LoadRing, CanBeWrittenAfterAnyCount) {
  for (const std::uint64_t written : {~std::uint64_t{0} - 2, ~std::uint64_t{0} - 1}) {
    const auto ring = std::make_unique<load_ring>();
    ring->written.store(written);
    append(*ring, sample(1));
    EXPECT_EQ(read_last(*ring, 1), std::vector{sample(1)});
  }
}

TEST(LoadRing, NeverMixesTwoSamplesWhileItIsWritten) {
  const auto ring = std::make_unique<load_ring>();
  const std::jthread writer([&](const std::stop_token& stop) {
    for (std::uint64_t n = 1; !stop.stop_requested(); ++n) append(*ring, sample(n));
  });
  std::uint64_t newest = 0;
  for (std::size_t seen = 0; seen < 20000;) {
    for (const load_sample& s : read_last(*ring, 4)) {
      ASSERT_EQ(s, sample(s.at_ns));
      ASSERT_GT(s.at_ns + ring_capacity, newest);
      newest = std::max(newest, s.at_ns);
      ++seen;
    }
  }
}

TEST(LoadRing, StaysReadableWhenItsWritersAreKilled) {
  auto segment = load_segment::create(1, "test", read_clock()).value();
  for (int round = 0; round < 20; ++round) {
    const shoal::testing::signal_pipe started;
    shoal::testing::child_process writer([&] {
      load_ring& ring = segment.ring(0);
      for (std::uint64_t n = ring.written.load();; ++n) {
        append(ring, sample(n + 1));
        if (n % 1024 == 0) started.give();
      }
    });
    started.take();
    writer.kill();
    const auto samples = read_last(segment.ring(0), ring_capacity);
    EXPECT_GE(samples.size(), std::min<std::uint64_t>(segment.ring(0).written.load(), 1023) - 1);
    for (const load_sample& s : samples) ASSERT_EQ(s, sample(s.at_ns));
  }
}

}  // namespace
}  // namespace shoal::shm
