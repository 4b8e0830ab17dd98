// Values by key that all processes of a cluster share, in memory of a fixed size.
//
// A key belongs to one set of cells by its hash, and a set changes as one (shm/spare_cell.h): so a
// key is never there twice, an update is never lost, and a process that is killed leaves each set
// as it was before its change or after it.
//
//   set    head, the first word of each cell (its key's hash; 0: empty) in the head's four cache
//          lines, then what else is in the cells: when it expires, the key, the value
//   full   the entry that was written longest ago makes room, an expired one before it
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "shm/load_slot.h"
#include "shm/segment.h"

namespace shoal::shm {

struct table_shape {
  std::size_t capacity = 1;     ///< entries
  std::size_t key_bytes = 1;    ///< of the longest key
  std::size_t value_bytes = 1;  ///< of each value
};

struct table_key {
  std::uint64_t hash = 0;  ///< that who chooses keys cannot foresee, the same in all processes
  std::string_view bytes;  ///< at most key_bytes
};

/// Threads   any number, in all processes that have the table by fork
/// Memory    8 bytes for each 4 of an entry (12 bytes, key and value) and about half as many
///           entries again as the capacity, allocated at once
class shared_table final {
 public:
  static constexpr unsigned cells = 31;         ///< of a set, one of them spare
  static constexpr std::size_t mean_load = 20;  ///< entries of a set when the table is full
  static constexpr std::size_t most_entries = std::size_t{1} << 28;
  static constexpr std::size_t most_key_bytes = 1024;
  static constexpr std::size_t most_value_bytes = 4096;
  static constexpr std::uint64_t never = ~std::uint64_t{0};

  /// Before the fork. The error says which figure is out of range (code 0), or that there is no
  /// memory.
  static result<shared_table> create(const table_shape& shape);

  /// Copies the value, of value_bytes. False: there is none, or it has expired at `now_ms`, and
  /// what was copied means nothing. Never waits; looks again if the set has changed meanwhile.
  [[nodiscard]] bool find(const table_key& key, std::uint64_t now_ms,
                          std::byte* value) const noexcept;

  /// Makes of the value in its place what shall be there; `found`: there is one. False: nothing.
  using change = bool (*)(void* context, std::byte* value, bool found);

  struct times {
    std::uint64_t now_ms = 0;
    std::uint64_t expires_ms = never;  ///< of what is written
  };

  /// Calls `f` until nobody else has changed the set meanwhile, and at least once. Returns what it
  /// has said last; what it throws goes to the caller, and nothing has changed.
  /// Cost: three locked instructions, and one for each 4 bytes.
  bool update(const table_key& key, const times& when, std::byte* value, change f,
              void* context) const;

  [[nodiscard]] const table_shape& shape() const noexcept { return shape_; }
  /// Entries that had not expired and had to make room.
  [[nodiscard]] std::uint64_t evicted() const noexcept;
  /// Changes that somebody began and another has taken over: they were killed, or very slow.
  [[nodiscard]] std::uint64_t taken_over() const noexcept;
  /// All that its processes share.
  [[nodiscard]] std::span<const std::byte> memory() const noexcept {
    return {memory_.data(), memory_.size()};
  }

 private:
  struct front;
  class set;
  struct place;

  shared_table(mapping memory, const table_shape& shape) noexcept
      : memory_(std::move(memory)), shape_(shape) {}

  [[nodiscard]] front& counts() const noexcept;
  [[nodiscard]] set set_of(const table_key& key) const noexcept;

  mapping memory_;
  table_shape shape_;
};

}  // namespace shoal::shm
