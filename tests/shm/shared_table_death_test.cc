// Who changes a shared table is killed after each step of it, or stopped there until others have
// gone on.
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "shm/shared_table.h"
#include "support/child_process.h"
#include "support/killed_anywhere.h"
#include "support/sanitizers.h"

namespace shoal::shm {
namespace {

using shoal::testing::child_process;
using shoal::testing::fate;
using shoal::testing::kill_after_each_change;
using shoal::testing::stepped_process;
using shoal::testing::stop_here;

/// A number and its complement: what is torn does not agree.
using value = std::array<std::uint32_t, 2>;

shared_table must_create(std::size_t capacity) {
  return shared_table::create({.capacity = capacity, .key_bytes = 4, .value_bytes = sizeof(value)})
      .value();
}

table_key named(const std::uint32_t& key) {
  return {.hash = random_source(key).next(),
          .bytes = {reinterpret_cast<const char*>(&key), sizeof key}};
}

std::optional<std::uint32_t> find(const shared_table& t, std::uint32_t key) {
  value v{};
  if (!t.find(named(key), 0, reinterpret_cast<std::byte*>(&v))) return std::nullopt;
  EXPECT_EQ(v[1], ~v[0]) << "a torn value";
  return v[0];
}

using step = void (*)(value& v);

/// `f` makes of a value, or of 0, what shall be there; 0 is not.
void update(const shared_table& t, std::uint32_t key, step f) {
  value v{};
  t.update(
      named(key), {}, reinterpret_cast<std::byte*>(&v),
      [](void* given, std::byte* at, bool found) {
        value seen{};
        if (found) std::memcpy(&seen, at, sizeof seen);
        reinterpret_cast<step>(given)(seen);
        seen[1] = ~seen[0];
        std::memcpy(at, &seen, sizeof seen);
        return seen[0] != 0;
      },
      reinterpret_cast<void*>(f));
}

void add(const shared_table& t, std::uint32_t key) {
  update(t, key, [](value& v) { ++v[0]; });
}
void erase(const shared_table& t, std::uint32_t key) {
  update(t, key, [](value& v) { v[0] = 0; });
}

/// Before this it only reads. Once: who has been overtaken asks again.
void stop_once() {
  static bool stopped = false;
  if (!std::exchange(stopped, true)) stop_here();
}
void add_slowly(const shared_table& t, std::uint32_t key) {
  update(t, key, [](value& v) { stop_once(), ++v[0]; });
}
void erase_slowly(const shared_table& t, std::uint32_t key) {
  update(t, key, [](value& v) { stop_once(), v[0] = 0; });
}

constexpr std::uint64_t sanitized = running_with_sanitizers ? 8 : 1;  // instructions become many

constexpr std::uint32_t own = 1, last = 30;

TEST(SharedTableDeath, AWriterMayBeKilledAnywhere) {
  const auto t = must_create(30);
  add(t, own);
  unsigned done = 0, undone = 0;
  std::uint32_t before = 0;
  kill_after_each_change(
      t.memory(), [&] { before = find(t, own).value(); }, [&] { add_slowly(t, own); },
      [&] {
        const auto now = find(t, own);
        ASSERT_TRUE(now.has_value());
        ASSERT_TRUE(*now == before || *now == before + 1);
        (*now == before ? undone : done) += 1;
        add(t, own);
        EXPECT_EQ(find(t, own), *now + 1) << "others go on";
      });
  if (::testing::Test::IsSkipped()) return;
  EXPECT_GT(undone, 5u);
  EXPECT_GT(done, 0u);
  EXPECT_GT(t.taken_over(), 5u) << "it was never inside";
}

TEST(SharedTableDeath, WhoBringsInAKeyOrErasesItTakesNoRoomAlong) {
  const auto t = must_create(30);
  const auto go_on = [&] {
    add(t, last);
    EXPECT_TRUE(find(t, last).has_value());
  };
  kill_after_each_change(t.memory(), [&] { erase(t, last); }, [&] { add_slowly(t, last); }, go_on);
  kill_after_each_change(t.memory(), [] {}, [&] { erase_slowly(t, last); }, go_on);
  if (::testing::Test::IsSkipped()) return;
  EXPECT_GT(t.taken_over(), 5u);
  for (std::uint32_t key = own; key <= last; ++key) add(t, key);
  for (std::uint32_t key = own; key <= last; ++key) EXPECT_TRUE(find(t, key).has_value()) << key;
  EXPECT_EQ(t.evicted(), 0u) << "there is room for all";
}

constexpr unsigned processes_stopped = 20;

/// Processes do `deed`, are stopped so often, each time after a number of instructions up to
/// `most`, while others do what they do `meanwhile`, and then come to their end.
void stop_again_and_again(unsigned stops, std::uint64_t most, const std::function<void()>& deed,
                          const std::function<void()>& meanwhile) {
  const char* const given = std::getenv("SHOAL_SEED");
  const auto seed = given != nullptr ? std::strtoull(given, nullptr, 10) : draw_seed();
  SCOPED_TRACE("SHOAL_SEED=" + std::to_string(seed));
  random_source random(seed);
  for (unsigned process = 0; process < processes_stopped; ++process) {
    stepped_process stopped(deed);
    fate now = stopped.start();
    for (unsigned i = 0; i < stops && now == fate::stopped; ++i) {
      for (auto left = random.below(most * sanitized); left > 0 && now == fate::stopped; --left)
        now = stopped.step();
      meanwhile();
    }
    if (now == fate::forbidden) GTEST_SKIP() << "ptrace is not permitted here";
    if (now == fate::stopped) {
      ASSERT_TRUE(stopped.go_on()) << "it has seen what cannot be";
    }
  }
}

/// It goes on inside, where what it had begun has been taken over: the cell that it writes into
/// has been published by others, is spare again, and published again.
TEST(SharedTableDeath, AWriterMayBeStoppedAnywhereAndGoOn) {
  const auto t = must_create(30);
  std::uint32_t by_others = 0;
  std::uint32_t by_stopped = 0;
  while (t.taken_over() < 5) {  // until it was inside often enough
    stop_again_and_again(
        2, 600, [&] { add_slowly(t, own); },
        [&] {
          for (int i = 0; i < 3; ++i, ++by_others) add(t, own);
          EXPECT_GE(find(t, own), by_others);
        });
    if (::testing::Test::IsSkipped() || ::testing::Test::HasFailure()) return;
    by_stopped += processes_stopped;
  }
  EXPECT_EQ(find(t, own), by_others + by_stopped) << "an update is lost";
}

/// Its cell is written anew meanwhile, and then again.
TEST(SharedTableDeath, AReaderMayBeStoppedAnywhereAndSeesAWholeValue) {
  const auto t = must_create(30);
  add(t, own);
  stop_again_and_again(
      10, 200,
      [&] {
        value v{};
        stop_here();
        for (int i = 0; i < 10; ++i) {
          if (!t.find(named(own), 0, reinterpret_cast<std::byte*>(&v))) ::_exit(1);
          if (v[1] != ~v[0]) ::_exit(2);
        }
      },
      [&] {
        for (int i = 0; i < 2; ++i) add(t, own);
      });
}

/// Many at once, killed at moments that nobody has chosen.
TEST(SharedTableDeath, ManyProcessesAreKilledAndTheOthersGoOn) {
  constexpr unsigned processes = 3, deaths = running_with_sanitizers ? 30 : 60;
  const auto t = must_create(30);
  const auto progress = must_create(30);
  const auto write = [&](unsigned number) {
    random_source random(number);
    for (;;) {
      const auto key = static_cast<std::uint32_t>(own + random.below(last));
      random.one_in(4) ? erase(t, key) : add(t, key);
      add(progress, number % processes);
    }
  };
  random_source random(1);
  std::vector<std::unique_ptr<child_process>> writers(processes);
  for (unsigned i = 0; i < deaths; ++i) {
    auto& writer = writers[i % processes];
    writer.reset();
    writer = std::make_unique<child_process>([&] { write(i); });
    const auto far_enough =
        find(progress, i % processes).value_or(0) + static_cast<std::uint32_t>(random.below(100));
    while (find(progress, i % processes).value_or(0) <= far_enough) ::sched_yield();
    for (std::uint32_t key = own; key <= last; ++key) static_cast<void>(find(t, key));
    ASSERT_FALSE(::testing::Test::HasFailure());
  }
  writers.clear();
  for (std::uint32_t key = own; key <= last; ++key) add(t, key);
  for (std::uint32_t key = own; key <= last; ++key) EXPECT_TRUE(find(t, key).has_value()) << key;
  EXPECT_EQ(t.evicted(), 0u) << "there is room for all";
}

}  // namespace
}  // namespace shoal::shm
