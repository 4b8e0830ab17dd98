#include "cluster/supervisor/reload_wishes.h"

#include <utility>

namespace shoal::cluster {

void reload_wishes::add(const std::set<unsigned>& slots, then waiter) {
  next_.slots.insert(slots.begin(), slots.end());
  if (waiter) next_.waiters.push_back(std::move(waiter));
}

std::set<unsigned> reload_wishes::begin() {
  current_ = std::exchange(next_, {});
  return current_.slots;
}

void reload_wishes::ended(const std::string& failure) { current_.tell(failure); }

void reload_wishes::refuse(const std::string& why) { next_.tell(why); }

void reload_wishes::round::tell(const std::string& failure) {
  slots.clear();
  // Who hears it may wish again.
  for (const auto& waiter : std::exchange(waiters, {})) waiter(failure);
}

}  // namespace shoal::cluster
