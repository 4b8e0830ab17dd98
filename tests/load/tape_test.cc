#include "load/tape.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

namespace shoal::load {
namespace {

std::vector<request_kind> kinds_of(const std::vector<double>& weights) {
  std::vector<request_kind> kinds;
  for (const double weight : weights) kinds.emplace_back().weight = weight;
  return kinds;
}

std::string text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(Tape, HoldsOneRequestAsOftenAsAWalkNeeds) {
  const auto made = tape::make(kinds_of({1}), {"GET"}, 3, 1);
  ASSERT_TRUE(made);
  EXPECT_EQ(made.value().size(), 1U);
  EXPECT_EQ(text(made.value().bytes(0, 1)), "GET");
  EXPECT_EQ(text(made.value().bytes(0, 3)), "GETGETGET");
  EXPECT_EQ(made.value().after(0, 7), 0U);
}

TEST(Tape, MixesByWeightAsExactlyAsThereIsRoom) {
  const auto made = tape::make(kinds_of({95, 4, 1}), {"aaa", "bb", "c"}, 1, 1);
  ASSERT_TRUE(made);
  std::map<std::uint32_t, double> count;
  for (std::size_t i = 0; i < made.value().size(); ++i) ++count[made.value().kind(i)];
  const auto all = static_cast<double>(made.value().size());
  EXPECT_NEAR(count[0] / all, 0.95, 1e-4);
  EXPECT_NEAR(count[1] / all, 0.04, 1e-4);
  EXPECT_NEAR(count[2] / all, 0.01, 1e-4);
}

TEST(Tape, IsShuffled) {
  const auto made = tape::make(kinds_of({1, 1}), {"a", "b"}, 1, 1);
  std::size_t changes = 0;
  for (std::size_t i = 1; i < made.value().size(); ++i) {
    changes += made.value().kind(i) != made.value().kind(i - 1) ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(changes), static_cast<double>(made.value().size()) / 2, 1000);
}

TEST(Tape, HasWhatItsKindsSayAlsoAcrossItsEnd) {
  const std::vector<std::string> texts = {"one,", "three,", "7,"};
  const auto made = tape::make(kinds_of({3, 2, 1}), texts, 5, 9);
  const tape& t = made.value();
  for (const std::size_t at : {std::size_t{0}, t.size() / 2, t.size() - 2, t.size() - 1}) {
    std::string expected;
    for (std::size_t i = 0; i < 5; ++i) expected += texts[t.kind(t.after(at, i))];
    EXPECT_EQ(text(t.bytes(at, 5)), expected) << at;
  }
}

TEST(Tape, DrawsTheSameFromTheSameSeed) {
  const auto draw = [](std::uint64_t seed) {
    const auto made = tape::make(kinds_of({1, 1}), {"a", "b"}, 1, seed);
    return text(made.value().bytes(0, 1)) + text(made.value().bytes(made.value().size() / 2, 1));
  };
  EXPECT_EQ(draw(4), draw(4));
  const auto one = tape::make(kinds_of({1, 1}), {"a", "b"}, 64, 4);
  const auto other = tape::make(kinds_of({1, 1}), {"a", "b"}, 64, 5);
  EXPECT_NE(text(one.value().bytes(0, 64)), text(other.value().bytes(0, 64)));
}

TEST(Tape, IsBounded) {
  const std::string long_one(std::size_t{1} << 20, 'x');
  const auto made = tape::make(kinds_of({1, 1, 1}), {long_one, "b", "c"}, 1, 1);
  ASSERT_TRUE(made);
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < made.value().size(); ++i) bytes += made.value().bytes(i, 1).size();
  EXPECT_LE(bytes, 2 * tape::usual_bytes);
  EXPECT_GE(made.value().size(), 3U) << "each kind once at least";

  const auto refused = tape::make(kinds_of({1}), {long_one}, 1000, 1);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("1000 MiB"), std::string::npos) << refused.error().message;
}

}  // namespace
}  // namespace shoal::load
