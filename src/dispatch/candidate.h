// Who may get a connection, and what a policy knows about it. A policy is a pure function of
// candidates and an arrival: it keeps nothing, reads no clock and no shared memory, so that the
// supervisor, a simulation and a property test call the same code.
#pragma once

#include <cstdint>
#include <span>

namespace shoal::dispatch {

/// Neither a node nor a core.
inline constexpr std::uint32_t nowhere = ~std::uint32_t{0};

/// What a policy answers where no candidate is eligible.
inline constexpr unsigned nobody = ~0U;

/// A worker as a policy sees it; its place in the span is its number in the cluster.
struct candidate {
  bool eligible = false;  ///< ready, its slot sane and its turn not too long; else it gets nothing
  std::uint32_t node = nowhere;
  std::uint32_t cpu = nowhere;
  std::uint32_t weight = 1;   ///< its share among equals; 0: it gets nothing
  std::uint64_t work_us = 0;  ///< predicted work, and what was given to it and not yet seen by it
  std::uint64_t connections = 0;  ///< open, and given but not yet seen
  std::uint64_t recent =
      0;  ///< given to it lately by the chooser's own count, see dispatch/ledger.h
};

struct arrival {
  std::uint64_t key = 0;         ///< a hash of what sticks: address, header or cookie
  std::uint32_t node = nowhere;  ///< where the packet came in
  std::uint32_t cpu = nowhere;
  std::uint64_t seed = 0;  ///< new for each arrival, or counted up by one (round-robin's turn)
};

using candidates = std::span<const candidate>;

[[nodiscard]] constexpr bool may_take(const candidate& c) noexcept {
  return c.eligible && c.weight != 0;
}

/// A policy: the number of the worker that gets it, or `nobody`. Threads: any. Cost: O(candidates),
/// a few nanoseconds each.
using policy = unsigned(candidates, const arrival&) noexcept;

}  // namespace shoal::dispatch
