// The least of a measure for its weight, ties broken by the arrival's seed in proportion to
// weights: among idle workers the first would otherwise get everything.
#pragma once

#include <cstdint>

#include "base/random.h"
#include "dispatch/candidate.h"
#include "dispatch/fair_share.h"

namespace shoal::dispatch {

/// a/x < b/y without division or overflow: -1, 0 or 1.
[[nodiscard]] constexpr int compare_ratios(std::uint64_t a, std::uint32_t x, std::uint64_t b,
                                           std::uint32_t y) noexcept {
  using wide = unsigned __int128;
  const wide left = wide{a} * y;
  const wide right = wide{b} * x;
  return left < right ? -1 : left > right ? 1 : 0;
}

/// Among those who may take, have not had twice their share and fulfil `suits`.
template <typename Suits>
unsigned least(candidates all, std::uint64_t seed, std::uint64_t candidate::* measure,
               Suits suits) noexcept {
  const fair_share share(all);
  random_source random(seed);
  unsigned best = nobody;
  std::uint64_t tied_weight = 0;
  for (unsigned i = 0; i < all.size(); ++i) {
    const candidate& c = all[i];
    if (!may_take(c) || !suits(c) || !share.permits(c)) continue;
    const int order =
        best == nobody ? -1
                       : compare_ratios(c.*measure, c.weight, all[best].*measure, all[best].weight);
    if (order > 0) continue;
    tied_weight = order < 0 ? c.weight : tied_weight + c.weight;
    // Each of the tied ends up with its weight's share: the n-th displaces with probability w/sum.
    if (order < 0 || random.below(tied_weight) < c.weight) best = i;
  }
  return best;
}

inline unsigned least(candidates all, std::uint64_t seed,
                      std::uint64_t candidate::* measure) noexcept {
  return least(all, seed, measure, [](const candidate&) { return true; });
}

}  // namespace shoal::dispatch
