#include "dispatch/steer_weights.h"

#include <algorithm>

namespace shoal::dispatch {
namespace {

/// Work that makes no difference: about that of a few small requests. With it an idle worker is not
/// infinitely better than one that has a request in its hands.
constexpr std::uint64_t unnoticed_us = 200;

/// The share of an idle worker of weight 1. Coarse on purpose: small changes do not change the
/// program, which need not be swapped then.
constexpr std::uint64_t whole = 256;

std::uint32_t share_of(const candidate& c) noexcept {
  if (!may_take(c)) return 0;
  constexpr std::uint64_t minute_us = 60'000'000;
  const auto work = std::min(c.work_us, minute_us) + unnoticed_us;
  const auto weight = std::min<std::uint64_t>(c.weight, 1000);
  return static_cast<std::uint32_t>(
      std::max<std::uint64_t>(whole * weight * unnoticed_us / work, 1));
}

/// What nobody may exceed: twice the fair share. Cutting one down makes the sum smaller, and the
/// limit with it, until nobody is above it; each round that goes on has made a share smaller.
void cut(candidates all, std::span<std::uint32_t> shares) noexcept {
  std::uint64_t weights = 0;
  for (const auto& c : all) weights += may_take(c) ? c.weight : 0;
  for (bool done = false; !done;) {
    std::uint64_t sum = 0;
    for (const auto share : shares) sum += share;
    done = true;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto most = std::max<std::uint64_t>(2 * sum * all[i].weight / weights, 1);
      if (shares[i] <= most) continue;
      shares[i] = static_cast<std::uint32_t>(most);
      done = false;
    }
  }
}

}  // namespace

void weigh(candidates all, std::span<std::uint32_t> shares) noexcept {
  bool anybody = false;
  for (std::size_t i = 0; i < all.size(); ++i) {
    shares[i] = share_of(all[i]);
    anybody = anybody || shares[i] != 0;
  }
  if (anybody) cut(all, shares);
}

}  // namespace shoal::dispatch
