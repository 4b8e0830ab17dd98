#include "dispatch/sticky.h"

#include <cmath>

#include "base/random.h"

namespace shoal::dispatch {
namespace {

/// 0 < x < 1, of 53 bits.
double draw(std::uint64_t key, unsigned worker) noexcept {
  const std::uint64_t salt = random_source(worker).next();
  return (static_cast<double>(random_source(key ^ salt).next() >> 11) + 0.5) * 0x1p-53;
}

}  // namespace

unsigned sticky(candidates all, const arrival& a) noexcept {
  unsigned best = nobody;
  double best_score = -1;
  for (unsigned i = 0; i < all.size(); ++i) {
    if (!may_take(all[i])) continue;
    // Of exponential times with these rates the i-th is the first with probability weight/sum.
    const double score = all[i].weight / -std::log(draw(a.key, i));
    if (score <= best_score) continue;
    best = i;
    best_score = score;
  }
  return best;
}

}  // namespace shoal::dispatch
