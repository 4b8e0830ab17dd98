#include "shm/letter_sheets.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <new>
#include <string>
#include <vector>

#include "base/check.h"
#include "shm/segment.h"
#include "support/killed_anywhere.h"

namespace shoal::shm {
namespace {

using shoal::testing::kill_after_each_change;
using shoal::testing::stop_here;

constexpr pid_t writer = 17;
constexpr pid_t reader = 18;
constexpr pid_t other = 19;

segment must_create() {
  auto made = segment::create("sheets", letter_sheets::size());
  SHOAL_CHECK(made.ok());
  return std::move(made).value();
}

struct some_sheets {
  segment memory = must_create();
  letter_sheets sheets{memory.data()};
  std::string room = std::string(letter_sheets::most_bytes, '\0');

  sheets_read read(const sheet_list& list, pid_t who = reader) {
    return sheets.read(who, list, reinterpret_cast<std::byte*>(room.data()));
  }
  /// How many are free, found by taking them all.
  [[nodiscard]] std::size_t left() const {
    std::vector<sheet_list> all;
    while (auto one = sheets.write(other, "x")) all.push_back(*one);
    for (const auto& one : all) sheets.take_back(other, one);
    return all.size();
  }
};

std::string text_of(std::size_t bytes) {
  std::string text(bytes, 'x');
  for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>('a' + i / 7 % 23);
  return text;
}

TEST(LetterSheets, GiveBackWhatWasWrittenOfAnyLength) {
  some_sheets s;
  for (const std::size_t bytes : {std::size_t{1}, sheet_bytes - 1, sheet_bytes, sheet_bytes + 1,
                                  letter_sheets::most_bytes - 1, letter_sheets::most_bytes}) {
    const auto text = text_of(bytes);
    const auto list = s.sheets.write(writer, text);
    ASSERT_TRUE(list && list->is_sound());
    s.sheets.sent(writer, *list);
    ASSERT_EQ(s.read(*list), sheets_read::whole);
    EXPECT_EQ(s.room.substr(0, bytes), text);
    s.sheets.done(reader, *list);
    EXPECT_EQ(s.left(), sheets_of_a_box);
  }
}

TEST(LetterSheets, RefuseWhereThereAreTooFewAndKeepNone) {
  some_sheets s;
  const auto largest = text_of(letter_sheets::most_bytes);
  std::vector<sheet_list> all;
  while (const auto one = s.sheets.write(writer, largest)) all.push_back(*one);
  EXPECT_EQ(all.size(), sheets_of_a_box / most_sheets);
  s.sheets.take_back(writer, all.back());
  EXPECT_TRUE(s.sheets.write(writer, "short"));
  EXPECT_FALSE(s.sheets.write(writer, largest)) << "one is missing";
  EXPECT_EQ(s.left(), most_sheets - 1);
}

TEST(LetterSheets, OfADeadWriterAreFreeUnlessTheyWereSent) {
  some_sheets s;
  const auto begun = s.sheets.write(writer, text_of(3 * sheet_bytes));
  const auto sent = s.sheets.write(writer, text_of(2 * sheet_bytes));
  ASSERT_TRUE(begun && sent);
  s.sheets.sent(writer, *sent);
  EXPECT_EQ(s.sheets.give_up(writer), 3U);
  EXPECT_EQ(s.read(*begun), sheets_read::broken);
  EXPECT_EQ(s.read(*sent), sheets_read::whole);
  s.sheets.done(reader, *sent);
  EXPECT_EQ(s.left(), sheets_of_a_box);
}

TEST(LetterSheets, AreReadByOneReaderAndFreeAfterHisDeath) {
  some_sheets s;
  const auto list = s.sheets.write(writer, text_of(2 * sheet_bytes));
  ASSERT_TRUE(list);
  ASSERT_EQ(s.read(*list), sheets_read::whole);
  s.sheets.sent(writer, *list);  // too late, and does not mind
  EXPECT_EQ(s.read(*list, other), sheets_read::others);
  EXPECT_EQ(s.sheets.give_up(reader), 2U);
  EXPECT_EQ(s.read(*list, other), sheets_read::broken);
  EXPECT_EQ(s.left(), sheets_of_a_box);
}

TEST(LetterSheets, AListOfTheLapBeforeTouchesNothing) {
  some_sheets s;
  const auto old = s.sheets.write(writer, "old");
  ASSERT_TRUE(old);
  s.sheets.take_back(writer, *old);
  const auto young = s.sheets.write(writer, "young");
  ASSERT_TRUE(young);
  s.sheets.sent(writer, *old);
  s.sheets.done(reader, *old);
  EXPECT_EQ(s.read(*old), sheets_read::broken);
  ASSERT_EQ(s.read(*young), sheets_read::whole);
  EXPECT_EQ(s.room.substr(0, 5), "young");
}

TEST(LetterSheets, AListThatIsAMixtureIsNotSound) {
  some_sheets s;
  const auto one = s.sheets.write(writer, text_of(5 * sheet_bytes));
  const auto two = s.sheets.write(writer, text_of(5 * sheet_bytes));
  ASSERT_TRUE(one && two);
  for (std::size_t i = 0; i < 5; ++i) {
    auto mixed = *one;
    mixed.sheets[i] = two->sheets[i];
    EXPECT_FALSE(mixed.is_sound());
  }
  auto too_long = *one;
  too_long.bytes = letter_sheets::most_bytes + 1;
  too_long.seal = too_long.right_seal();
  EXPECT_FALSE(too_long.is_sound());
  auto outside = *one;
  outside.sheets[most_sheets - 1] = sheets_of_a_box;
  outside.seal = outside.right_seal();
  EXPECT_FALSE(outside.is_sound());
}

/// Where a ring would be: a list, and whether it is there.
struct one_place {
  sheet_list list;
  std::atomic<std::uint64_t> full{0};
};

TEST(LetterSheets, AreFreeOrInALetterWhereverSomebodyIsKilled) {
  some_sheets s;
  auto shared = segment::create("place", sizeof(one_place));
  ASSERT_TRUE(shared.ok());
  auto& place = *new (shared.value().data()) one_place;
  const auto text = text_of(sheet_bytes + 1);
  unsigned whole = 0;
  unsigned empty = 0;
  kill_after_each_change(
      {s.memory.data(), 2 * sizeof(std::uint64_t)}, [&] { place.full = 0; },
      [&] {
        stop_here();
        place.list = *s.sheets.write(writer, text);
        place.full = 1;
        s.sheets.sent(writer, place.list);
        const auto list = place.list;
        static_cast<void>(s.read(list));
        place.full = 0;
        s.sheets.done(reader, list);
      },
      [&] {
        s.sheets.give_up(writer);
        s.sheets.give_up(reader);
        const auto got = place.full != 0 ? s.read(place.list, other) : sheets_read::broken;
        EXPECT_NE(got, sheets_read::others);
        if (got == sheets_read::whole) {
          EXPECT_EQ(s.room.substr(0, text.size()), text);
          s.sheets.done(other, place.list);
        }
        (got == sheets_read::whole ? whole : empty) += 1;
        EXPECT_EQ(s.left(), sheets_of_a_box);
      });
  if (::testing::Test::IsSkipped()) return;
  EXPECT_GT(whole, 0U);
  EXPECT_GT(empty, 0U);
}

}  // namespace
}  // namespace shoal::shm
