// How often each of many keys may do something, counted for all processes of a cluster together.
//
// A token bucket needs a level and a time, and two words cannot be changed together. The generic
// cell rate algorithm says the same with one: the moment at which the bucket would be full again,
// the "theoretical arrival time". So a bucket is one 64-bit word, 20 bits of its key and 44 bits of
// that moment, and is changed by one compare-and-swap: no lock that a killed process could hold,
// no state in between.
//
//   any writer, any reader    every worker of every process, by relaxed operations: a word says
//                             all there is to know and nothing else depends on it
//
// A key has eight words to choose from, one cache line. If all are in use, the one that is nearest
// to being full is given up: it loses the least.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "shm/segment.h"

namespace shoal::shm {

/// One request each `interval_us` in the long run, and up to `burst` of them at once.
struct rate_rule {
  std::uint64_t interval_us = 1;
  std::uint64_t burst = 1;
};

struct rate_verdict {
  bool allowed = false;
  std::uint64_t remaining = 0;    ///< how many more would be allowed now
  std::uint64_t retry_us = 0;     ///< until one would be; 0 if this one was
  std::uint64_t recovery_us = 0;  ///< until the whole burst would be
};

/// Threads   take() any number at once, in all processes that have the table by fork
/// Memory    8 bytes for a bucket, allocated and sealed at once
class rate_table final {
 public:
  /// burst * interval_us at most: thirty days. The times wrap after 203.
  static constexpr std::uint64_t longest_us = 30ULL * 24 * 3600 * 1'000'000;
  static constexpr std::size_t most_buckets = std::size_t{1} << 27;

  /// Before the fork. `buckets` is rounded up to a power of two, at least 8. The error says which
  /// of the figures is out of range, or that there is no memory.
  static result<rate_table> create(std::size_t buckets, rate_rule rule);

  /// Counts one request of `key` at `now_us`, a clock that all processes share, if it is allowed;
  /// one that is not counts for nothing.
  ///
  /// `key` is a hash of 64 bits that clients cannot foresee. Two keys of one line, 1 in 2^20, are
  /// taken for the same. More than the rule is allowed only where processes bring in a new key at
  /// one and the same moment (one more for each of them), and to keys beyond what the table holds.
  [[nodiscard]] rate_verdict take(std::uint64_t key, std::uint64_t now_us) const noexcept;

  [[nodiscard]] const rate_rule& rule() const noexcept { return rule_; }
  [[nodiscard]] std::size_t buckets() const noexcept { return memory_.size() / sizeof(word); }

 private:
  using word = std::atomic<std::uint64_t>;
  static_assert(word::is_always_lock_free && sizeof(word) == 8);

  struct choice {
    word* at;
    std::uint64_t seen;
    std::uint64_t ahead_us;  // of its moment before now: how much of the burst is used up
  };

  rate_table(segment memory, rate_rule rule) noexcept : memory_(std::move(memory)), rule_(rule) {}

  [[nodiscard]] choice choose(std::uint64_t key, std::uint64_t now_us) const noexcept;
  [[nodiscard]] std::uint64_t ahead(std::uint64_t seen, std::uint64_t now_us) const noexcept;
  [[nodiscard]] std::uint64_t most_ahead() const noexcept {
    return rule_.interval_us * rule_.burst;
  }

  segment memory_;
  rate_rule rule_;
};

}  // namespace shoal::shm
