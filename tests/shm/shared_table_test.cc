#include "shm/shared_table.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "support/sanitizers.h"

namespace shoal::shm {
namespace {

constexpr std::uint64_t start_ms = 1000;

/// A table of numbers, each of which lies there several times over: what is torn does not agree.
class numbers {
 public:
  static constexpr std::size_t copies = 5;
  using value = std::array<std::uint64_t, copies>;

  explicit numbers(std::size_t capacity)
      : table(shared_table::create(
                  {.capacity = capacity, .key_bytes = 20, .value_bytes = sizeof(value) - 3})
                  .value()) {}

  std::optional<std::uint64_t> find(const std::string& key, std::uint64_t now = start_ms) const {
    value v{};
    if (!table.find(named(key), now, bytes(v))) return std::nullopt;
    return whole(v);
  }

  using step = std::function<void(std::optional<std::uint64_t>&)>;

  void update(const std::string& key, const step& f,
              shared_table::times when = {.now_ms = start_ms}) const {
    value v{};
    struct both {
      const step& f;
      value& v;
    } context{f, v};
    table.update(
        named(key), when, bytes(v),
        [](void* given, std::byte*, bool found) {
          auto& [change, place] = *static_cast<both*>(given);
          std::optional<std::uint64_t> number;
          if (found) number = whole(place);
          change(number);
          if (number) place.fill(*number);
          return number.has_value();
        },
        &context);
  }

  void add(const std::string& key) const {
    update(key, [](auto& n) { n = n.value_or(0) + 1; });
  }
  void set(const std::string& key, std::uint64_t to,
           shared_table::times when = {.now_ms = start_ms}) const {
    update(key, [to](auto& n) { n = to; }, when);
  }
  void erase(const std::string& key) const {
    update(key, [](auto& n) { n.reset(); });
  }

  shared_table table;

 private:
  static std::byte* bytes(value& v) { return reinterpret_cast<std::byte*>(v.data()); }

  /// The last of the copies lacks three bytes, so that values do not end with a word.
  static std::uint64_t whole(const value& v) {
    for (std::size_t i = 0; i + 1 < copies; ++i) EXPECT_EQ(v[i], v[0]) << "a torn value";
    EXPECT_EQ(v[copies - 1] & 0xff'ffff'ffff, v[0] & 0xff'ffff'ffff) << "a torn value";
    return v[0];
  }

  static table_key named(const std::string& key) {
    return {.hash = random_source(std::hash<std::string>{}(key)).next(), .bytes = key};
  }
};

std::uint64_t seed() {
  const char* const given = std::getenv("SHOAL_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : draw_seed();
}

TEST(SharedTable, FindsWhatWasWrittenAndNothingElse) {
  const numbers n(100);
  EXPECT_EQ(n.find("a"), std::nullopt);
  n.set("a", 7);
  n.set("", 8);
  n.set("exactly twenty bytes", 9);
  EXPECT_EQ(n.find("a"), 7u);
  EXPECT_EQ(n.find(""), 8u);
  EXPECT_EQ(n.find("exactly twenty bytes"), 9u);
  EXPECT_EQ(n.find("exactly twenty byte"), std::nullopt);
  n.set("a", 10);
  EXPECT_EQ(n.find("a"), 10u);
}

TEST(SharedTable, GivesAnUpdateWhatIsThereAndKeepsWhatItLeaves) {
  const numbers n(100);
  n.update("a", [](auto& v) { EXPECT_FALSE(v.has_value()); });
  EXPECT_EQ(n.find("a"), std::nullopt) << "it has left nothing";
  n.add("a");
  n.add("a");
  EXPECT_EQ(n.find("a"), 2u);
  n.erase("a");
  EXPECT_EQ(n.find("a"), std::nullopt);
  n.add("a");
  EXPECT_EQ(n.find("a"), 1u);
}

TEST(SharedTable, IsAsItWasIfAnUpdateThrows) {
  const numbers n(1);
  n.set("a", 1);
  EXPECT_THROW(n.update("a",
                        [](auto& v) {
                          v = 2;
                          throw std::runtime_error("no");
                        }),
               std::runtime_error);
  EXPECT_EQ(n.find("a"), 1u);
  n.add("a");
  EXPECT_EQ(n.find("a"), 2u);
  EXPECT_EQ(n.table.taken_over(), 0u) << "it has claimed nothing";
}

/// Two keys with one hash.
TEST(SharedTable, TellsKeysApartWhoseHashesAgree) {
  const auto t = shared_table::create({.capacity = 8, .key_bytes = 8, .value_bytes = 1}).value();
  const auto put = [](void*, std::byte*, bool found) { return !found; };
  for (const std::uint64_t hash : {std::uint64_t{0}, ~std::uint64_t{0}}) {
    for (const char* key : {"one", "two", "onetwo"}) {
      std::byte value{static_cast<unsigned char>(key[3])};
      EXPECT_TRUE(t.update({hash, key}, {}, &value, put, nullptr));
    }
    std::byte value{};
    EXPECT_TRUE(t.find({hash, "one"}, 0, &value));
    EXPECT_FALSE(t.find({hash, "onet"}, 0, &value));
    EXPECT_TRUE(t.find({hash, "onetwo"}, 0, &value));
    EXPECT_EQ(value, std::byte{'t'});
  }
}

TEST(SharedTable, ForgetsWhatHasExpired) {
  const numbers n(100);
  n.set("a", 1, {.now_ms = 1000, .expires_ms = 1500});
  EXPECT_EQ(n.find("a", 1499), 1u);
  EXPECT_EQ(n.find("a", 1500), std::nullopt);
  n.update("a", [](auto& v) { EXPECT_FALSE(v.has_value()); }, {.now_ms = 1500});
  n.set("a", 2, {.now_ms = 1600, .expires_ms = std::uint64_t{5} << 32});
  EXPECT_EQ(n.find("a", (std::uint64_t{5} << 32) - 1), 2u);
  EXPECT_EQ(n.find("a", std::uint64_t{5} << 32), std::nullopt);
}

TEST(SharedTable, HoldsExactlyItsCapacityAsLongAsThatIsOneSet) {
  const numbers n(30);
  for (int i = 0; i < 30; ++i) n.set(std::to_string(i), 1);
  for (int i = 0; i < 30; ++i) EXPECT_EQ(n.find(std::to_string(i)), 1u) << i;
  EXPECT_EQ(n.table.evicted(), 0u);
}

TEST(SharedTable, MakesRoomByWhatWasWrittenLongestAgo) {
  const numbers n(30);
  for (int i = 0; i < 30; ++i) n.set(std::to_string(i), 1);
  n.set("0", 2);
  n.set("new", 3);
  EXPECT_EQ(n.find("1"), std::nullopt);
  EXPECT_EQ(n.find("0"), 2u);
  EXPECT_EQ(n.find("new"), 3u);
  EXPECT_EQ(n.table.evicted(), 1u);
}

TEST(SharedTable, MakesRoomByWhatHasExpiredFirst) {
  const numbers n(30);
  for (int i = 0; i < 30; ++i)
    n.set(std::to_string(i), 1, {.now_ms = 1000, .expires_ms = i == 17 ? 1500u : 9000u});
  n.set("new", 3, {.now_ms = 1500});
  for (int i = 0; i < 30; ++i) EXPECT_EQ(n.find(std::to_string(i), 1400).has_value(), i != 17) << i;
  EXPECT_EQ(n.table.evicted(), 0u);
}

TEST(SharedTable, HoldsNearlyAllOfItsCapacity) {
  constexpr unsigned capacity = 20'000;
  const numbers n(capacity);
  for (unsigned i = 0; i < capacity; ++i) n.set("key " + std::to_string(i), i);
  unsigned lost = 0;
  for (unsigned i = 0; i < capacity; ++i) {
    const auto seen = n.find("key " + std::to_string(i));
    lost += seen ? 0 : 1;
    if (seen) ASSERT_EQ(*seen, i);
  }
  EXPECT_EQ(lost, n.table.evicted());
  EXPECT_LT(lost, capacity / 500);
}

TEST(SharedTable, DoesWhatAnUnorderedMapDoes) {
  const auto from = seed();
  SCOPED_TRACE("SHOAL_SEED=" + std::to_string(from));
  random_source random(from);
  for (int round = 0; round < 20; ++round) {
    // Never so many that something has to make room.
    const numbers n(random.one_in(2) ? 30 : 300);
    std::unordered_map<std::string, std::uint64_t> model;
    for (int step = 0; step < 3000; ++step) {
      const auto which = random.below(25);
      const auto key = std::string(which % 20, 'k') + std::to_string(which).substr(0, 1);
      switch (random.below(4)) {
        case 0: {
          const auto seen = n.find(key);
          const auto expected = model.find(key);
          ASSERT_EQ(seen.has_value(), expected != model.end()) << key;
          if (seen) ASSERT_EQ(*seen, expected->second) << key;
          break;
        }
        case 1: {
          const auto value = random.next();
          n.set(key, value);
          model[key] = value;
          break;
        }
        case 2:
          n.add(key);
          ++model[key];
          break;
        default:
          n.erase(key);
          model.erase(key);
      }
    }
    EXPECT_EQ(n.table.evicted(), 0u);
  }
}

TEST(SharedTable, RefusesFiguresThatMakeNoSense) {
  using t = shared_table;
  EXPECT_EQ(t::create({0, 1, 1}).error().message, "the capacity must be 1 to 268435456, not 0");
  EXPECT_FALSE(t::create({t::most_entries + 1, 1, 1}).ok());
  EXPECT_FALSE(t::create({1, 0, 1}).ok());
  EXPECT_FALSE(t::create({1, t::most_key_bytes + 1, 1}).ok());
  EXPECT_FALSE(t::create({1, 1, 0}).ok());
  EXPECT_FALSE(t::create({1, 1, t::most_value_bytes + 1}).ok());
  EXPECT_TRUE(t::create({1, t::most_key_bytes, t::most_value_bytes}).ok());
}

/// Threads that all do `body`.
void together(unsigned count, const std::function<void(unsigned)>& body) {
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < count; ++i) threads.emplace_back(body, i);
  for (auto& t : threads) t.join();
}

constexpr int rounds = running_with_sanitizers ? 3000 : 30'000;

TEST(SharedTable, LosesNoUpdateOfManyThreads) {
  const numbers n(300);
  together(4, [&](unsigned) {
    for (int i = 0; i < rounds; ++i) n.add(std::to_string(i % 3));
  });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(n.find(std::to_string(i)), rounds / 3 * 4);
}

/// Whoever brings in a key that is not there meets another who does.
TEST(SharedTable, NeverHasAKeyTwice) {
  const numbers n(30);
  std::atomic<int> was{0};
  together(3, [&](unsigned) {
    for (int i = 0; i < rounds; ++i) {
      bool there = false;
      n.update("a",
               [&](auto& v) { v = (there = v.has_value()) ? std::nullopt : std::optional(1ull); });
      was += there ? -1 : 1;
    }
  });
  EXPECT_EQ(n.find("a").has_value(), was == 1);
  n.erase("a");
  EXPECT_EQ(n.find("a"), std::nullopt) << "a second one";
}

TEST(SharedTable, NeverShowsAReaderHalfOfAValue) {
  const numbers n(30);
  n.set("a", 1);
  together(3, [&](unsigned which) {
    random_source random(which);
    for (int i = 0; i < rounds; ++i) {
      if (which == 0) {
        EXPECT_TRUE(n.find("a").has_value()) << "it is never not there";
      } else {
        n.set("a", random.next());
        n.set(std::to_string(i % 29), random.next());
      }
    }
  });
}

}  // namespace
}  // namespace shoal::shm
