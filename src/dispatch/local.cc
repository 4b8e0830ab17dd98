#include "dispatch/local.h"

#include "dispatch/least.h"
#include "dispatch/least_loaded.h"

namespace shoal::dispatch {
namespace {

// Ten to a hundred light requests; moving for less would follow noise.
constexpr std::uint64_t margin_us = 500;

bool well_above(const candidate& home, const candidate& best) noexcept {
  using wide = unsigned __int128;
  const wide home_work = wide{home.work_us} * best.weight;
  const wide best_work = (2 * wide{best.work_us} + wide{margin_us} * best.weight) * home.weight;
  return home_work > best_work;
}

}  // namespace

unsigned local(candidates all, const arrival& a) noexcept {
  const unsigned best = least_loaded(all, a);
  if (best == nobody) return nobody;
  const auto stays = [&](unsigned home) {
    return home != nobody && !well_above(all[home], all[best]);
  };
  const auto least_at = [&](std::uint32_t candidate::* place, std::uint32_t here) {
    if (here == nowhere) return nobody;
    return least(all, a.seed, &candidate::work_us,
                 [&](const candidate& c) { return c.*place == here; });
  };
  if (const unsigned home = least_at(&candidate::cpu, a.cpu); stays(home)) return home;
  if (const unsigned home = least_at(&candidate::node, a.node); stays(home)) return home;
  return best;
}

}  // namespace shoal::dispatch
