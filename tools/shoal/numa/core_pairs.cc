#include "numa/core_pairs.h"

#include <algorithm>

#include "numa/core_places.h"

namespace shoal::numa {
namespace {

/// The first core of each group, `group` telling them apart.
std::vector<unsigned> first_of_each(const std::vector<core_place>& cores,
                                    unsigned core_place::* group) {
  std::vector<unsigned> first;
  std::vector<unsigned> seen;
  for (const core_place& core : cores) {
    if (std::find(seen.begin(), seen.end(), core.*group) != seen.end()) continue;
    seen.push_back(core.*group);
    first.push_back(core.id);
  }
  return first;
}

void add_neighbour(const std::vector<core_place>& cores, nearness how, std::vector<unsigned>& all) {
  for (const core_place& core : cores) {
    if (core.id == cores.front().id || nearness_of(cores.front(), core) != how) continue;
    if (std::find(all.begin(), all.end(), core.id) == all.end()) all.push_back(core.id);
    return;
  }
}

}  // namespace

std::vector<unsigned> cores_to_pair(const std::vector<core_place>& cores, unsigned most) {
  std::vector<unsigned> all;
  if (cores.size() <= most) {
    for (const core_place& core : cores) all.push_back(core.id);
    return all;
  }
  constexpr std::size_t neighbours = 3;
  all = first_of_each(cores, &core_place::llc);
  if (all.size() + neighbours > most) all = first_of_each(cores, &core_place::node);
  if (all.size() + neighbours > most) all.resize(most - neighbours);
  for (const nearness how : {nearness::siblings, nearness::cache, nearness::node}) {
    add_neighbour(cores, how, all);
  }
  std::sort(all.begin(), all.end());
  return all;
}

std::vector<std::pair<unsigned, unsigned>> pairs_of(const std::vector<unsigned>& cores) {
  std::vector<std::pair<unsigned, unsigned>> all;
  for (std::size_t i = 0; i < cores.size(); ++i) {
    for (std::size_t j = i + 1; j < cores.size(); ++j) all.emplace_back(cores[i], cores[j]);
  }
  return all;
}

}  // namespace shoal::numa
