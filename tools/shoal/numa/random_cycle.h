// A walk that no prefetcher foresees: from line to line in an order drawn at random, each of them
// once before the first comes again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/random.h"

namespace shoal::numa {

/// Where to go from each of 0 .. count - 1: one cycle through all of them, each such cycle equally
/// likely (Sattolo 1986). A shuffle that may leave several cycles would walk the one it starts in
/// and measure a smaller working set than it says.
[[nodiscard]] std::vector<std::uint32_t> random_cycle(std::uint32_t count, random_source& random);

inline constexpr std::size_t line_bytes = 64;

/// Writes into the first word of each line of `memory` the address of the next one. It has as many
/// lines as `next` has entries.
void link_lines(std::byte* memory, const std::vector<std::uint32_t>& next) noexcept;

/// So many loads, each of which needs the answer of the one before. Returns where it has come to.
[[nodiscard]] void* walk(void* from, std::uint64_t loads) noexcept;

}  // namespace shoal::numa
