#include "dispatch/comes_home.h"

#include "dispatch/local.h"

namespace shoal::dispatch {
namespace {

/// The workers of one node that may take something.
struct crew {
  std::uint64_t workers = 0;
  std::uint64_t connections = 0;

  void add(const candidate& c) noexcept {
    ++workers;
    connections += c.connections;
  }
};

crew crew_of(candidates all, std::uint32_t node) noexcept {
  crew found;
  for (const candidate& c : all) {
    if (c.node == node && may_take(c)) found.add(c);
  }
  return found;
}

/// On average: one and a quarter of it more.
bool has_more(const crew& home, const crew& here) noexcept {
  return 4 * home.connections * here.workers >
         5 * here.connections * home.workers + 4 * home.workers * here.workers;
}

}  // namespace

bool comes_home(candidates all, unsigned self, std::uint32_t node) noexcept {
  const unsigned there = local(all, {.node = node});
  if (there == nobody || all[there].node != node) return false;
  crew here = crew_of(all, all[self].node);
  if (!may_take(all[self])) here.add(all[self]);  // it asks inside a turn, which may be a long one
  return !has_more(crew_of(all, node), here);
}

}  // namespace shoal::dispatch
