// What a worker has done since the cluster began, over all processes that had its number.
//
// A load slot begins anew with each owner, and has to: policies divide its numbers by its uptime.
// Who watches rates needs counts that never fall. So they stand apart, in memory that outlives
// every owner, and are only added to:
//
//   writers  the owner adds what has come since it added last. Another process may have the number
//            at the same time, while one takes over from the other: additions are atomic. One that
//            is killed between two of them leaves both true
//   readers  any worker, at any time, without locks
//
// The memory is inherited by fork and nobody else maps it: both ends are one program, so there is
// no format. A reader takes each word for a claim all the same.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/result.h"
#include "shm/latency.h"
#include "shm/load_slot.h"
#include "shm/worker_table.h"

namespace shoal::shm {

enum class total : std::uint8_t {
  answers_2xx,  ///< by status, one after the other; those to what was no request too
  answers_3xx,
  answers_4xx,
  answers_5xx,
  accepted,
  accept_failures,
  turned_away,
  adopted,  ///< connections that came from other loops
  given,    ///< connections that went to other loops
  rehomed,  ///< connections that went to the node of their packets
  misread,
  shed,
  messages_unreadable,  ///< that could not be decoded
  turns,
  stalls,
  busy_ns,
  run_delay_ns,
  log_lines_lost,  ///< of the process, in the tally of its first worker
  count
};

inline constexpr auto totals = static_cast<std::size_t>(total::count);

/// A page of its own: its owner adds to it every turn, and it can lie on the owner's NUMA node.
struct alignas(4096) worker_tally {
  static constexpr const char* segment_name = "shoal.tally";

  word counts[totals];
  word generation;  ///< of the youngest process that had the number; these two never fall
  word restarts;    ///< of its node process, after a crash
  word latency[latency_buckets];
  word latency_sum_ns;
};

using tally_table = worker_table<worker_tally>;

// --- for writers. Cost: some ten nanoseconds for each word that changes

/// A process has got the number. Words that cannot be true begin anew.
void take_up(worker_tally& t, std::uint64_t generation, std::uint64_t restarts) noexcept;

void add(worker_tally& t, total what, std::uint64_t more) noexcept;

/// So many requests, each of which took so long.
void add_latency(worker_tally& t, nanoseconds took, std::uint64_t requests) noexcept;

// --- for readers

struct tally_view {
  std::array<std::uint64_t, totals> counts{};
  std::uint64_t generation = 0;
  std::uint64_t restarts = 0;
  std::array<std::uint64_t, latency_buckets> latency{};  ///< each bucket alone
  std::uint64_t latency_sum_ns = 0;
  bool suspect = false;  ///< a word cannot be true: none of them is to be believed

  [[nodiscard]] std::uint64_t of(total what) const noexcept {
    return counts[static_cast<std::size_t>(what)];
  }
};

/// Each word is whole and never falls from one look to the next; together they may be of two turns.
[[nodiscard]] tally_view read_tally(const worker_tally& t) noexcept;

}  // namespace shoal::shm
