// slot_writer.h and slot_reader.h: one writes what the other makes sense of.
#include <gtest/gtest.h>

#include <cstdlib>
#include <stop_token>
#include <thread>

#include "base/random.h"
#include "shm/load_segment.h"
#include "shm/slot_reader.h"
#include "shm/slot_writer.h"
#include "support/child_process.h"

namespace shoal::shm {
namespace {

using namespace std::chrono_literals;

constexpr monotonic_time boot{1000s};
constexpr worker_identity who{.generation = 3,
                              .pid = 100,
                              .thread_id = 101,
                              .node = 1,
                              .cpu = 5,
                              .driver = driver_kind::uring,
                              .restarts = 2};

constexpr std::size_t slot_words = sizeof(load_slot) / sizeof(word);

/// What must hold of any view, whatever was in the slot.
void expect_sane(const slot_view& v) {
  EXPECT_LE(static_cast<std::uint64_t>(v.state), 6U);
  EXPECT_LE(static_cast<std::uint64_t>(v.driver), 2U);
  EXPECT_LE(v.pid, std::uint64_t{1} << 22);
  EXPECT_TRUE(v.cpu == not_pinned || v.cpu < 8192);
  EXPECT_LE(v.connections_open, std::uint64_t{1} << 30);
  EXPECT_LE(v.requests_total, std::uint64_t{1} << 53);
  EXPECT_GE(v.turn_age.count(), 0);
  EXPECT_GE(v.heartbeat_age.count(), 0);
  EXPECT_GE(v.uptime.count(), 0);
  EXPECT_GE(v.busy.count(), 0);
  EXPECT_LE(v.unserved, std::uint64_t{1} << 30);
  EXPECT_LE(v.jobs_queued, std::uint64_t{1} << 30);
  EXPECT_LE(v.predicted_work_us, 3'600'000'000U);
  EXPECT_LE(v.resident_bytes, std::uint64_t{1} << 57);
  EXPECT_LE(v.stalls, std::uint64_t{1} << 53);
  EXPECT_LE(v.rehomed, std::uint64_t{1} << 53);
  EXPECT_GE(v.busy_share, 0);
  EXPECT_LE(v.busy_share, 1);
  EXPECT_GE(v.lag_mean.count(), 0);
  EXPECT_GE(v.lag_max, v.turn_age);
  EXPECT_GE(v.run_delay.count(), 0);
  EXPECT_NE(name_of(v.state), "unknown");
}

TEST(Slot, IsEmptyBeforeAnybodyWrites) {
  const load_slot slot{};
  const slot_view v = read_slot(slot, boot);
  EXPECT_EQ(v.state, worker_state::empty);
  EXPECT_FALSE(v.suspect);
}

TEST(Slot, ShowsWhoOwnsItFromTheFirstMoment) {
  load_slot slot{};
  slot_writer writer(slot, who, boot);
  const slot_view v = read_slot(slot, boot + 2s);
  EXPECT_EQ(v.state, worker_state::booting);
  EXPECT_EQ(v.generation, 3U);
  EXPECT_EQ(v.pid, 100U);
  EXPECT_EQ(v.thread_id, 101U);
  EXPECT_EQ(v.node, 1U);
  EXPECT_EQ(v.cpu, 5U);
  EXPECT_EQ(v.driver, driver_kind::uring);
  EXPECT_EQ(v.restarts, 2U);
  EXPECT_EQ(v.uptime, 2s);
  EXPECT_EQ(v.heartbeat_age, 2s);
  EXPECT_FALSE(v.suspect);
}

TEST(Slot, ShowsATurnWhileItLasts) {
  load_slot slot{};
  slot_writer writer(slot, who, boot);
  writer.set_state(worker_state::ready);
  writer.turn_began(boot + 1s);
  EXPECT_EQ(read_slot(slot, boot + 3500ms).turn_age, 2500ms);
  writer.turn_ended(boot + 4s, {.connections_open = 7,
                                .requests_in_flight = 2,
                                .requests_total = 900,
                                .connections_accepted = 8,
                                .predicted_work_us = 1500,
                                .unserved = 3,
                                .jobs_queued = 4});
  const slot_view v = read_slot(slot, boot + 5s);
  EXPECT_EQ(v.state, worker_state::ready);
  EXPECT_EQ(v.turn_age, 0s);
  EXPECT_EQ(v.heartbeat_age, 1s);
  EXPECT_EQ(v.busy, 3s);
  EXPECT_EQ(v.turns, 1U);
  EXPECT_EQ(v.connections_open, 7U);
  EXPECT_EQ(v.requests_in_flight, 2U);
  EXPECT_EQ(v.requests_total, 900U);
  EXPECT_EQ(v.connections_accepted, 8U);
  EXPECT_EQ(v.predicted_work_us, 1500U);
  EXPECT_EQ(v.unserved, 3U);
  EXPECT_EQ(v.jobs_queued, 4U);
  EXPECT_FALSE(v.suspect);
}

TEST(Slot, AddsTurnsUp) {
  load_slot slot{};
  slot_writer writer(slot, who, boot);
  for (const auto length : {2ms, 5ms, 1ms}) {
    writer.turn_began(boot);
    EXPECT_EQ(writer.turn_ns(boot + length),
              static_cast<std::uint64_t>(to_ns(boot + length) - to_ns(boot)));
    writer.turn_ended(boot + length, {});
  }
  EXPECT_EQ(writer.busy_ns(), 8'000'000U);
  EXPECT_EQ(writer.turns(), 3U);
}

constexpr worker_window busy_window{.busy_ppm = 250'000,
                                    .lag_mean_ns = 40'000,
                                    .lag_max_ns = 9'000'000,
                                    .run_delay_ns = 70'000'000,
                                    .resident_bytes = 12'345'678};

TEST(Slot, ShowsItsLastWindowAndItsStalls) {
  load_slot slot{};
  slot_writer writer(slot, who, boot);
  writer.turn_began(boot + 9s);
  writer.turn_ended(boot + 10s, {});
  writer.window_closed(busy_window);
  writer.stalled();
  writer.stalled();
  const slot_view v = read_slot(slot, boot + 10s + 500ms);
  EXPECT_DOUBLE_EQ(v.busy_share, 0.25);
  EXPECT_EQ(v.lag_mean, 40us);
  EXPECT_EQ(v.lag_max, 9ms);
  EXPECT_EQ(v.run_delay, 70ms);
  EXPECT_EQ(v.resident_bytes, 12'345'678U);
  EXPECT_EQ(v.stalls, 2U);
  EXPECT_FALSE(v.suspect);
}

TEST(SlotReader, KnowsThatAWorkerWhichHasWaitedIsNotBusy) {
  load_slot slot{};
  slot_writer writer(slot, who, boot);
  writer.turn_began(boot + 9s);
  writer.turn_ended(boot + 10s, {});
  writer.window_closed(busy_window);
  const slot_view v = read_slot(slot, boot + 11s);
  EXPECT_EQ(v.busy_share, 0);
  EXPECT_EQ(v.lag_mean, 0s);
  EXPECT_EQ(v.lag_max, 0s);
  EXPECT_EQ(v.run_delay, 0s);
  EXPECT_EQ(v.resident_bytes, 12'345'678U);
}

TEST(SlotReader, KnowsThatAWorkerInsideALongTurnIsBusy) {
  load_slot slot{};
  slot_writer writer(slot, who, boot);
  writer.window_closed(busy_window);
  writer.turn_began(boot + 10s);
  EXPECT_EQ(read_slot(slot, boot + 10s + 12ms).lag_max, 12ms);
  EXPECT_DOUBLE_EQ(read_slot(slot, boot + 10s + 12ms).busy_share, 0.25);
  EXPECT_EQ(read_slot(slot, boot + 11s).busy_share, 1);
}

TEST(SlotReader, FlagsWhatItsOwnAbsenceBetweenClockAndSlotMakesImpossible) {
  load_slot slot{};
  slot_writer writer(slot, who, boot);
  const auto before = boot + 1s;  // the observer reads the clock and is then stopped for a minute
  writer.turn_began(boot + 60s);
  const slot_view v = read_slot(slot, before);
  EXPECT_TRUE(v.suspect);
  EXPECT_EQ(v.turn_age, 0s);
  EXPECT_FALSE(read_slot(slot, boot + 61s).suspect);
}

TEST(SlotReader, ReadsTheClockItself) {
  load_slot slot{};
  slot_writer writer(slot, who, read_clock() - 5s);
  EXPECT_GE(read_slot(slot).uptime, 5s);
  EXPECT_FALSE(read_slot(slot).suspect);
  slot.pid.store(~0ULL);
  EXPECT_TRUE(read_slot(slot).suspect) << "whenever one looks";
}

TEST(Slot, ANewOwnerInheritsNothing) {
  load_slot slot{};
  {
    slot_writer first(slot, who, boot);
    first.turn_began(boot);
    first.turn_ended(boot + 1s, {.connections_open = 9, .requests_total = 9});
    first.turn_began(boot + 2s);
  }
  slot_writer second(slot, {.pid = 200}, boot + 10s);
  const slot_view v = read_slot(slot, boot + 11s);
  EXPECT_EQ(v.pid, 200U);
  EXPECT_EQ(v.turn_age, 0s);
  EXPECT_EQ(v.connections_open, 0U);
  EXPECT_EQ(v.requests_total, 0U);
  EXPECT_EQ(v.uptime, 1s);
}

TEST(Slot, OfADeadWorkerHoldsNoConnections) {
  load_slot slot{};
  slot_writer writer(slot, who, boot);
  writer.turn_began(boot);
  writer.turn_ended(boot, {.connections_open = 9,
                           .requests_in_flight = 1,
                           .requests_total = 5,
                           .predicted_work_us = 7,
                           .unserved = 2});
  writer.window_closed(busy_window);
  writer.turn_began(boot);
  mark_gone(slot, worker_state::crashed);
  const slot_view v = read_slot(slot, boot + 1s);
  EXPECT_EQ(v.state, worker_state::crashed);
  EXPECT_EQ(v.turn_age, 0s);
  EXPECT_EQ(v.connections_open, 0U);
  EXPECT_EQ(v.requests_in_flight, 0U);
  EXPECT_EQ(v.unserved, 0U);
  EXPECT_EQ(v.predicted_work_us, 0U);
  EXPECT_EQ(v.busy_share, 0);
  EXPECT_EQ(v.requests_total, 5U);
}

TEST(SlotReader, ClampsAndFlagsWhatCannotBe) {
  struct lie {
    word load_slot::* which;
    std::uint64_t value;
  };
  const std::uint64_t later = to_ns(boot + 1s);
  for (const auto& [which, value] : {lie{&load_slot::turn_began_ns, later},
                                     lie{&load_slot::turn_ended_ns, later},
                                     lie{&load_slot::boot_ns, later},
                                     lie{&load_slot::busy_ns, later},
                                     lie{&load_slot::pid, 1U << 23},
                                     lie{&load_slot::thread_id, ~0ULL},
                                     lie{&load_slot::cpu, 8192},
                                     lie{&load_slot::node, 99999},
                                     lie{&load_slot::driver, 3},
                                     lie{&load_slot::connections_open, 1ULL << 40},
                                     lie{&load_slot::requests_in_flight, ~0ULL},
                                     lie{&load_slot::requests_total, ~0ULL},
                                     lie{&load_slot::predicted_work_us, 3'600'000'001},
                                     lie{&load_slot::unserved, 1ULL << 31},
                                     lie{&load_slot::jobs_queued, ~0ULL},
                                     lie{&load_slot::busy_ppm, 1'000'001},
                                     lie{&load_slot::lag_mean_ns, later},
                                     lie{&load_slot::lag_max_ns, later},
                                     lie{&load_slot::run_delay_ns, ~0ULL},
                                     lie{&load_slot::resident_bytes, 1ULL << 58},
                                     lie{&load_slot::stalls, ~0ULL},
                                     lie{&load_slot::rehomed, ~0ULL}}) {
    load_slot slot{};
    slot_writer writer(slot, who, boot);
    EXPECT_FALSE(read_slot(slot, boot).suspect);
    (slot.*which).store(value);
    const slot_view v = read_slot(slot, boot);
    EXPECT_TRUE(v.suspect) << value;
    expect_sane(v);
  }
}

TEST(SlotReader, ToleratesAMillisecondOfFuture) {
  load_slot slot{};
  slot_writer writer(slot, who, boot + 900us);
  writer.turn_began(boot + 900us);
  const slot_view v = read_slot(slot, boot);
  EXPECT_FALSE(v.suspect);
  EXPECT_EQ(v.turn_age, 0s);
}

TEST(SlotReader, TakesAnUnknownStateForAnEmptySlot) {
  load_slot slot{};
  slot.state.store(7);
  const slot_view v = read_slot(slot, boot);
  EXPECT_EQ(v.state, worker_state::empty);
  EXPECT_TRUE(v.suspect);
}

TEST(SlotReader, MakesSenseOfAnyWords) {
  const char* given = std::getenv("SHOAL_SEED");
  const std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : draw_seed();
  SCOPED_TRACE("SHOAL_SEED=" + std::to_string(seed));
  random_source random(seed);
  load_slot slot{};
  word* const words = reinterpret_cast<word*>(&slot);
  for (int round = 0; round < 20000; ++round) {
    for (std::size_t i = 0; i < slot_words; ++i) words[i].store(random.next() >> random.below(64));
    if (random.one_in(2)) slot.state.store(random.below(6));
    expect_sane(
        read_slot(slot, monotonic_time(nanoseconds(random.next() >> (1 + random.below(40))))));
  }
}

TEST(SlotReader, SeesNothingImpossibleWhileOwnersChange) {
  load_slot slot{};
  std::jthread owners([&](const std::stop_token& stop) {
    for (std::uint64_t n = 1; !stop.stop_requested(); ++n) {
      slot_writer writer(slot, {.generation = n, .pid = 1 + n % 1000, .restarts = n}, boot);
      writer.set_state(worker_state::ready);
      writer.turn_began(boot);
      writer.turn_ended(boot + 1ms, {.requests_total = n});
    }
  });
  std::uint64_t generation = 0;
  for (int seen = 0; seen < 20000;) {
    const slot_view v = read_slot(slot, boot + 1s);
    if (v.state != worker_state::ready) continue;
    expect_sane(v);
    ASSERT_FALSE(v.suspect);
    ASSERT_NE(v.pid, 0U);
    ASSERT_EQ(v.uptime, 1s);
    ASSERT_GE(v.generation, generation);
    generation = v.generation;
    ++seen;
  }
}

TEST(SlotReader, SurvivesWritersThatAreKilledAnywhere) {
  const auto segment = load_segment::create(1, "test", boot).value();
  for (int round = 0; round < 20; ++round) {
    const shoal::testing::signal_pipe started;
    shoal::testing::child_process vandal([&] {
      random_source random(draw_seed());
      word* const words = reinterpret_cast<word*>(&segment.slot(0));
      started.give();
      for (;;) words[random.below(slot_words)].store(random.next() >> random.below(64));
    });
    started.take();
    for (int look = 0; look < 200; ++look) expect_sane(read_slot(segment.slot(0), boot));
    vandal.kill();
    expect_sane(read_slot(segment.slot(0), boot));
  }
}

TEST(SlotReader, SeesNothingImpossibleOfOwnersThatAreKilledInMidWrite) {
  const auto segment = load_segment::create(2, "test", read_clock()).value();
  const auto view = load_view::open(segment.fd()).value();
  for (std::uint64_t generation = 1; generation <= 20; ++generation) {
    const shoal::testing::signal_pipe started;
    shoal::testing::child_process owner([&] {
      slot_writer writer(segment.slot(1), {.generation = generation, .pid = 7}, read_clock());
      writer.set_state(worker_state::ready);
      for (std::uint64_t n = 1;; ++n) {
        writer.turn_began(read_clock());
        writer.turn_ended(read_clock(), {.requests_total = n, .unserved = n % 9});
        writer.window_closed({.busy_ppm = n % 1'000'001, .lag_max_ns = n % 99});
        append(segment.ring(1), {.at_ns = n, .generation = generation});
        if (n == 100) started.give();
      }
    });
    started.take();
    const auto look = [&] {
      const slot_view v = read_slot(view.slot(1));
      expect_sane(v);
      EXPECT_FALSE(v.suspect);
      EXPECT_EQ(v.generation, generation);
    };
    for (int i = 0; i < 200; ++i) look();
    owner.kill();
    look();
    EXPECT_FALSE(read_last(view.ring(1), 3).empty());
    mark_gone(segment.slot(1), worker_state::crashed);
    EXPECT_EQ(read_slot(view.slot(1), read_clock()).turn_age, 0s);
  }
}

}  // namespace
}  // namespace shoal::shm
