// Who uses a letter ring is killed after each single instruction of what it does there, and the
// others go on.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <optional>
#include <vector>

#include "shm/letter_boxes.h"
#include "support/killed_anywhere.h"

namespace shoal::shm {
namespace {

using shoal::testing::each_instruction;
using shoal::testing::kill_everywhere;
using shoal::testing::stop_here;

constexpr std::size_t most_bytes = 16;

letter_boxes must_create() {
  auto made = letter_boxes::create(1, most_bytes);
  SHOAL_CHECK(made.ok());
  return std::move(made).value();
}

pushed push(const letter_ring& ring, std::uint64_t number) {
  const std::uint64_t contents[] = {number, ~number};
  return ring.push(::getpid(), {.from = 1, .type = 2, .bytes = sizeof contents},
                   reinterpret_cast<const std::byte*>(contents));
}

std::optional<std::uint64_t> take(const letter_ring& ring) {
  letter_head head;
  std::uint64_t contents[2] = {};
  if (!ring.take(head, reinterpret_cast<std::byte*>(contents))) return std::nullopt;
  EXPECT_EQ(contents[1], ~contents[0]) << "half of a letter";
  return contents[0];
}

std::vector<std::uint64_t> take_all(const letter_ring& ring) {
  std::vector<std::uint64_t> all;
  while (const auto one = take(ring)) all.push_back(*one);
  return all;
}

TEST(LetterRingDeath, AWriterMayBeKilledAnywhere) {
  const auto boxes = must_create();
  const auto ring = boxes.of(0);
  unsigned came = 0;
  unsigned given_up = 0;
  std::vector<std::uint64_t> read;
  kill_everywhere(
      each_instruction, [&] { push(ring, 1); }, [&] { stop_here(), push(ring, 2); },
      [&](pid_t dead) {
        EXPECT_NE(push(ring, 3), pushed::full) << "others write behind it";
        given_up += ring.give_up(dead);
        read = take_all(ring);
        const bool whole = read == std::vector<std::uint64_t>{1, 2, 3};
        EXPECT_TRUE(whole || (read == std::vector<std::uint64_t>{1, 3}));
        came += whole ? 1 : 0;
        EXPECT_FALSE(ring.stirs());
      });
  if (::testing::Test::IsSkipped()) return;
  EXPECT_GT(came, 0u);
  EXPECT_GT(given_up, 0u) << "it was never inside";
}

TEST(LetterRingDeath, AReaderMayBeKilledAnywhere) {
  const auto boxes = must_create();
  const auto ring = boxes.of(0);
  unsigned lost = 0;
  unsigned kept = 0;
  kill_everywhere(
      each_instruction,
      [&] {
        push(ring, 1);
        push(ring, 2);
      },
      [&] {
        letter_head head;
        stop_here();
        std::byte contents[most_bytes];
        static_cast<void>(ring.take(head, contents));
      },
      [&](pid_t) {
        EXPECT_NE(push(ring, 3), pushed::full);
        const auto read = take_all(ring);
        const bool all = read == std::vector<std::uint64_t>{1, 2, 3};
        EXPECT_TRUE(all || (read == std::vector<std::uint64_t>{2, 3})) << "what it took is its own";
        (all ? kept : lost) += 1;
      });
  if (::testing::Test::IsSkipped()) return;
  EXPECT_GT(kept, 0u);
  EXPECT_GT(lost, 0u);
}

/// The ring is full when the writer dies in it, so that all others depend on its place.
TEST(LetterRingDeath, AFullRingGoesOnAfterADeath) {
  const auto boxes = must_create();
  const auto ring = boxes.of(0);
  std::uint64_t expected = 0;
  kill_everywhere(
      each_instruction * 7,
      [&] {
        expected = 0;
        while (expected < letter_ring::places - 1) push(ring, ++expected);
      },
      [&] { stop_here(), push(ring, 0); },
      [&](pid_t dead) {
        while (push(ring, 5000) != pushed::full) continue;
        ring.give_up(dead);
        auto read = take_all(ring);
        ASSERT_GE(read.size(), letter_ring::places - 1);
        for (std::uint64_t i = 0; i < letter_ring::places - 1; ++i) ASSERT_EQ(read[i], i + 1);
      });
}

}  // namespace
}  // namespace shoal::shm
