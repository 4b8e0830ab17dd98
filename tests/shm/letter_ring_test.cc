#include "shm/letter_ring.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/random.h"
#include "shm/letter_boxes.h"

namespace shoal::shm {
namespace {

constexpr std::size_t most_bytes = 100;

letter_boxes must_create(unsigned workers = 1) {
  auto made = letter_boxes::create(workers, most_bytes);
  SHOAL_CHECK(made.ok());
  return std::move(made).value();
}

pushed push(const letter_ring& ring, std::uint64_t number, std::uint32_t from = 0,
            std::size_t bytes = sizeof number) {
  std::array<std::byte, most_bytes> contents{};
  std::fill(contents.begin(), contents.end(), static_cast<std::byte>(number));
  std::memcpy(contents.data(), &number, sizeof number);
  return ring.push(::getpid(),
                   {.from = from, .type = 7, .bytes = static_cast<std::uint32_t>(bytes)},
                   contents.data());
}

struct taken {
  letter_head head;
  std::uint64_t number = 0;
};

std::optional<taken> take(const letter_ring& ring) {
  std::array<std::byte, most_bytes> contents{};
  taken one;
  if (!ring.take(one.head, contents.data())) return std::nullopt;
  std::memcpy(&one.number, contents.data(), sizeof one.number);
  for (std::size_t i = sizeof one.number; i < one.head.bytes; ++i) {
    EXPECT_EQ(contents[i], static_cast<std::byte>(one.number)) << "a mixture of two letters";
  }
  return one;
}

TEST(LetterRing, GivesBackWhatWasPushedInItsOrder) {
  const auto boxes = must_create();
  const auto ring = boxes.of(0);
  EXPECT_FALSE(take(ring));
  EXPECT_EQ(push(ring, 1, 4, most_bytes), pushed::taken);
  EXPECT_EQ(push(ring, 2, 5), pushed::taken);
  const auto first = take(ring);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->head.from, 4u);
  EXPECT_EQ(first->head.type, 7u);
  EXPECT_EQ(first->head.bytes, most_bytes);
  EXPECT_EQ(first->number, 1u);
  const auto second = take(ring);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->head.from, 5u);
  EXPECT_EQ(second->number, 2u);
  EXPECT_FALSE(take(ring));
}

TEST(LetterRing, RefusesWhatItHasNoRoomForAndLosesNothing) {
  const auto boxes = must_create();
  const auto ring = boxes.of(0);
  for (std::uint64_t lap = 0; lap < 3; ++lap) {
    for (std::uint64_t i = 0; i < letter_ring::places; ++i) ASSERT_EQ(push(ring, i), pushed::taken);
    EXPECT_EQ(push(ring, 99'999), pushed::full);
    EXPECT_EQ(push(ring, 99'999), pushed::full);
    EXPECT_EQ(take(ring)->number, 0u);
    EXPECT_EQ(push(ring, letter_ring::places), pushed::taken) << "one was read, so one has room";
    EXPECT_EQ(push(ring, 99'999), pushed::full);
    for (std::uint64_t i = 1; i <= letter_ring::places; ++i) EXPECT_EQ(take(ring)->number, i);
    EXPECT_FALSE(take(ring));
  }
}

TEST(LetterRing, KeepsTheLettersOfEachWorkerApart) {
  const auto boxes = must_create(3);
  push(boxes.of(0), 10);
  push(boxes.of(2), 12);
  EXPECT_FALSE(take(boxes.of(1)));
  EXPECT_EQ(take(boxes.of(2))->number, 12u);
  EXPECT_EQ(take(boxes.of(0))->number, 10u);
}

TEST(LetterRing, SaysOnceThatTheReaderSleeps) {
  const auto boxes = must_create();
  const auto ring = boxes.of(0);
  EXPECT_TRUE(ring.may_sleep());
  EXPECT_EQ(push(ring, 1), pushed::unheard);
  EXPECT_EQ(push(ring, 2), pushed::taken);
  EXPECT_FALSE(ring.may_sleep()) << "there is something to read";
  EXPECT_TRUE(take(ring) && take(ring));
  EXPECT_TRUE(ring.may_sleep());
}

TEST(LetterRing, TwoReadersGetEachLetterOnce) {
  const auto boxes = must_create();
  const auto ring = boxes.of(0);
  constexpr std::uint64_t count = 200'000;
  std::array<std::vector<std::uint64_t>, 2> got;
  std::atomic<bool> over{false};
  std::vector<std::thread> readers;
  for (auto& mine : got) {
    readers.emplace_back([&] {
      while (true) {
        const bool last = over.load();
        const auto one = take(ring);
        if (one) mine.push_back(one->number);
        if (!one && last) return;
        if (!one) ::sched_yield();
      }
    });
  }
  for (std::uint64_t i = 0; i < count;) {
    if (push(ring, i, 0, most_bytes) == pushed::full) {
      ::sched_yield();
    } else {
      ++i;
    }
  }
  over = true;
  for (auto& each : readers) each.join();
  for (const auto& mine : got) EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
  std::vector<std::uint64_t> all(got[0]);
  all.insert(all.end(), got[1].begin(), got[1].end());
  std::sort(all.begin(), all.end());
  ASSERT_EQ(all.size(), count);
  for (std::uint64_t i = 0; i < count; ++i) ASSERT_EQ(all[i], i);
}

/// Writers that push as fast as they can, and a reader that sleeps whenever it may: nobody who
/// sleeps is left asleep while there is something to read.
TEST(LetterRing, KeepsTheOrderOfEachWriterAndWakesTheReader) {
  constexpr unsigned writers = 4;
  constexpr std::uint64_t each = 50'000;
  const auto boxes = must_create();
  const auto ring = boxes.of(0);
  const char* const given = std::getenv("SHOAL_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 0) : draw_seed();
  SCOPED_TRACE("SHOAL_SEED=" + std::to_string(seed));
  std::atomic<unsigned> bell{0};
  std::vector<std::thread> threads;
  for (unsigned w = 0; w < writers; ++w) {
    threads.emplace_back([&, w] {
      random_source random(seed + w);
      for (std::uint64_t i = 0; i < each;) {
        const auto bytes = 8 + random.below(most_bytes - 7);
        const auto done = push(ring, i, w, bytes);
        if (done == pushed::unheard) {
          bell.fetch_add(1);
          bell.notify_one();
        }
        if (done == pushed::full) {
          ::sched_yield();
        } else {
          ++i;
        }
      }
    });
  }
  std::array<std::uint64_t, writers> next{};
  std::uint64_t total = 0;
  while (total < writers * each) {
    const unsigned rung = bell.load();
    while (const auto one = take(ring)) {
      ASSERT_LT(one->head.from, writers);
      ASSERT_EQ(one->number, next[one->head.from]++);
      ++total;
    }
    if (total < writers * each && ring.may_sleep()) bell.wait(rung);
  }
  for (auto& thread : threads) thread.join();
  EXPECT_FALSE(take(ring));
}

}  // namespace
}  // namespace shoal::shm
