#include "shm/shared_table.h"

#include <sched.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "base/check.h"
#include "shm/spare_cell.h"

namespace shoal::shm {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

constexpr unsigned none = shared_table::cells;
constexpr std::size_t bytes_a_word = 4;  // the rest is the tag
constexpr std::size_t words_a_line = 8;
constexpr std::size_t key_at = 3;                            // after the time and the length
constexpr std::size_t records_at = shared_table::cells + 1;  // after the head and the hashes
static_assert(shared_table::cells <= cell_head::most_cells);
static_assert(records_at % words_a_line == 0);

constexpr std::size_t words_for(std::size_t bytes) noexcept {
  return (bytes + bytes_a_word - 1) / bytes_a_word;
}
constexpr std::size_t record_words(const table_shape& s) noexcept {
  return key_at + words_for(s.key_bytes) + words_for(s.value_bytes);
}
constexpr std::size_t set_words(const table_shape& s) noexcept {
  const std::size_t words = records_at + shared_table::cells * record_words(s);
  return (words + words_a_line - 1) / words_a_line * words_a_line;
}
constexpr std::size_t sets_for(std::size_t capacity) noexcept {
  if (capacity < shared_table::cells) return 1;
  return (capacity + shared_table::mean_load - 1) / shared_table::mean_load;
}

/// Never 0, which is an empty cell's.
constexpr std::uint32_t name_of(const table_key& key) noexcept {
  return std::max<std::uint32_t>(static_cast<std::uint32_t>(key.hash), 1);
}

/// Four of `from`, or as many as there are.
std::uint32_t part(const char* from, std::size_t bytes) noexcept {
  std::uint32_t data = 0;
  std::memcpy(&data, from, std::min(bytes, bytes_a_word));
  return data;
}

}  // namespace

struct shared_table::front {
  word evicted;
  word taken_over;
  word unused[words_a_line - 2];
};

/// Where a key is or could be.
struct shared_table::place {
  unsigned cell = none;
  bool found = false;    // in it, and not expired
  bool forgets = false;  // somebody else's entry, which has not expired
};

/// One set of a table, for as long as a call lasts.
class shared_table::set final {
 public:
  set(word* words, const table_shape& shape) noexcept
      : cells_(*words), words_(words), shape_(shape) {}

  [[nodiscard]] const spare_cell& cells() const noexcept { return cells_; }

  /// Copies the value too. Like all that is read here it counts if the head is still the same.
  [[nodiscard]] place find(cell_head head, const table_key& key, std::uint64_t now_ms,
                           std::byte* value) const noexcept {
    for (unsigned c = 0; c < shared_table::cells; ++c) {
      if (c == head.spare() || name(c) != name_of(key) || !has_key(c, key.bytes)) continue;
      if (expires(c) <= now_ms) return {.cell = c};
      copy_value(c, value);
      return {.cell = c, .found = true};
    }
    return {};
  }

  [[nodiscard]] place make_room(cell_head head, std::uint64_t now_ms) const noexcept {
    place oldest{.forgets = true};
    std::uint32_t most_turns = 0;
    for (unsigned c = 0; c < shared_table::cells; ++c) {
      if (c == head.spare()) continue;
      const std::uint64_t seen = spare_cell::read(words_[1 + c]);
      if (data_of(seen) == 0) return {.cell = c};
      if (oldest.forgets && expires(c) <= now_ms) oldest = {.cell = c};
      const std::uint32_t turns = head.tag() - tag_of(seen);
      if (oldest.forgets && (oldest.cell == none || turns > most_turns)) {
        oldest.cell = c;
        most_turns = turns;
      }
    }
    return oldest;
  }

  /// Into the spare cell. False: the claim is lost.
  [[nodiscard]] bool write(cell_head mine, const table_key& key, std::uint64_t expires_ms,
                           const std::byte* value) const noexcept {
    word* const to = record(mine.spare());
    const auto high = static_cast<std::uint32_t>(expires_ms >> 32);
    return cells_.put(words_[1 + mine.spare()], name_of(key), mine) &&
           cells_.put(to[0], static_cast<std::uint32_t>(expires_ms), mine) &&
           cells_.put(to[1], high, mine) &&
           cells_.put(to[2], static_cast<std::uint32_t>(key.bytes.size()), mine) &&
           write(mine, to + key_at, key.bytes) &&
           write(mine, to + key_at + words_for(shape_.key_bytes),
                 {reinterpret_cast<const char*>(value), shape_.value_bytes});
  }
  [[nodiscard]] bool write_nothing(cell_head mine) const noexcept {
    return cells_.put(words_[1 + mine.spare()], 0, mine);
  }

  /// Long enough for a writer that runs. True: nothing has moved, so it does not, or not any more.
  [[nodiscard]] bool outwait(cell_head seen) const noexcept {
    for (std::size_t looks = 500 + 20 * record_words(shape_); looks > 0; --looks) {
      if (!cells_.still(seen)) return false;
    }
    ::sched_yield();  // it may be waiting for this very core
    return cells_.still(seen);
  }

 private:
  [[nodiscard]] word* record(unsigned c) const noexcept {
    return words_ + records_at + c * record_words(shape_);
  }
  [[nodiscard]] std::uint32_t name(unsigned c) const noexcept {
    return data_of(spare_cell::read(words_[1 + c]));
  }
  [[nodiscard]] std::uint64_t expires(unsigned c) const noexcept {
    const word* const from = record(c);
    return std::uint64_t{data_of(spare_cell::read(from[1]))} << 32 |
           data_of(spare_cell::read(from[0]));
  }

  [[nodiscard]] bool has_key(unsigned c, std::string_view key) const noexcept {
    const word* from = record(c) + key_at;
    if (data_of(spare_cell::read(record(c)[2])) != key.size()) return false;
    for (; !key.empty(); key.remove_prefix(std::min(key.size(), bytes_a_word)), ++from) {
      if (data_of(spare_cell::read(*from)) != part(key.data(), key.size())) return false;
    }
    return true;
  }

  void copy_value(unsigned c, std::byte* to) const noexcept {
    const word* from = record(c) + key_at + words_for(shape_.key_bytes);
    for (std::size_t left = shape_.value_bytes; left > 0; ++from) {
      const std::uint32_t data = data_of(spare_cell::read(*from));
      const std::size_t now = std::min(left, bytes_a_word);
      std::memcpy(to, &data, now);
      to += now;
      left -= now;
    }
  }

  [[nodiscard]] bool write(cell_head mine, word* to, std::string_view bytes) const noexcept {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), bytes_a_word)), ++to) {
      if (!cells_.put(*to, part(bytes.data(), bytes.size()), mine)) return false;
    }
    return true;
  }

  spare_cell cells_;
  word* words_;
  const table_shape& shape_;
};

result<shared_table> shared_table::create(const table_shape& shape) {
  const auto wrong = [](std::size_t given, std::string what, std::size_t most) {
    return error{0,
                 what + " must be 1 to " + std::to_string(most) + ", not " + std::to_string(given)};
  };
  if (shape.capacity - 1 >= most_entries)
    return wrong(shape.capacity, "the capacity", most_entries);
  if (shape.key_bytes - 1 >= most_key_bytes)
    return wrong(shape.key_bytes, "the longest key's bytes", most_key_bytes);
  if (shape.value_bytes - 1 >= most_value_bytes)
    return wrong(shape.value_bytes, "a value's bytes", most_value_bytes);
  const std::size_t words = sets_for(shape.capacity) * set_words(shape);
  const auto memory = segment::create("shoal.map", sizeof(front) + words * sizeof(word));
  if (!memory) return memory.error();
  // The mapping stays when the descriptor is closed.
  auto map = mapping::read_write(memory.value().fd(), memory.value().size());
  if (!map) return map.error();
  return shared_table(std::move(map).value(), shape);
}

bool shared_table::find(const table_key& key, std::uint64_t now_ms,
                        std::byte* value) const noexcept {
  const set s = set_of(key);
  while (true) {
    const cell_head head = s.cells().look();
    const bool found = s.find(head, key, now_ms, value).found;
    if (s.cells().still(head)) return found;
  }
}

bool shared_table::update(const table_key& key, const times& when, std::byte* value, change f,
                          void* context) const {
  SHOAL_CHECK(key.bytes.size() <= shape_.key_bytes);
  const set s = set_of(key);
  while (true) {
    cell_head head = s.cells().look();
    const bool takes_over = head.claimed();
    if (takes_over && !s.outwait(head)) continue;
    place at = s.find(head, key, when.now_ms, value);
    if (!s.cells().still(head)) continue;
    const bool keeps = f(context, value, at.found);
    if (!keeps && !at.found) return false;
    if (at.cell == none) at = s.make_room(head, when.now_ms);
    // The claim is from what was read: it fails if that is not so any more.
    if (!s.cells().claim(head)) continue;
    if (takes_over) counts().taken_over.fetch_add(1, relaxed);
    const bool written = keeps ? s.write(head, key, when.expires_ms, value) : s.write_nothing(head);
    if (!written || !s.cells().publish(head, at.cell)) continue;
    if (at.forgets) counts().evicted.fetch_add(1, relaxed);
    return keeps;
  }
}

std::uint64_t shared_table::evicted() const noexcept { return counts().evicted.load(relaxed); }

std::uint64_t shared_table::taken_over() const noexcept {
  return counts().taken_over.load(relaxed);
}

shared_table::front& shared_table::counts() const noexcept {
  return *reinterpret_cast<front*>(memory_.data());
}

shared_table::set shared_table::set_of(const table_key& key) const noexcept {
  const std::uint64_t which = (key.hash >> 32) * sets_for(shape_.capacity) >> 32;
  auto* const words = reinterpret_cast<word*>(memory_.data() + sizeof(front));
  return {words + which * set_words(shape_), shape_};
}

}  // namespace shoal::shm
