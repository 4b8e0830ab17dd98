// Candidates laid end to end, each as long as its weight: a place on that line is a choice that
// respects weights.
#pragma once

#include <cstdint>

#include "dispatch/candidate.h"

namespace shoal::dispatch {

/// The line's length; 0: nobody may take. `but` is left out.
[[nodiscard]] constexpr std::uint64_t line_length(candidates all, unsigned but = nobody) noexcept {
  std::uint64_t sum = 0;
  for (unsigned i = 0; i < all.size(); ++i) sum += may_take(all[i]) && i != but ? all[i].weight : 0;
  return sum;
}

/// Who lies at `place`, 0 .. line_length(all, but) - 1.
[[nodiscard]] constexpr unsigned at_place(candidates all, std::uint64_t place,
                                          unsigned but = nobody) noexcept {
  for (unsigned i = 0; i < all.size(); ++i) {
    if (!may_take(all[i]) || i == but) continue;
    if (place < all[i].weight) return i;
    place -= all[i].weight;
  }
  return nobody;
}

}  // namespace shoal::dispatch
