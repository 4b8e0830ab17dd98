#include "http/route_costs.h"

#include <chrono>

#include "compute/usual_cost.h"

namespace shoal::http {
namespace {

/// So long and so many runs in a row must have been light before a handler comes back, so that
/// one that is heavy now and then does not come and go.
constexpr std::chrono::milliseconds light_time{250};
constexpr std::uint32_t light_runs_least = 4;

/// Who sleeps most of the time needs a thread and no core.
bool sleeps(const handler_run& took) noexcept { return took.waited && took.cpu * 4 < took.wall; }

}  // namespace

route_costs::route_costs(const std::vector<route_options>& plans, const compute::executors& others,
                         nanoseconds offload_after)
    : plans_(plans),
      others_(others),
      offload_after_(offload_after),
      places_(plans.size(), place::here),
      learned_(plans.size()) {
  for (std::size_t route = 0; route < plans.size(); ++route) {
    if (plans[route].where == run::offload && others.compute != nullptr) {
      places_[route] = place::compute;
    }
  }
}

compute::executor* route_costs::executor_of(std::size_t route) const noexcept {
  switch (places_[route]) {
    case place::compute:
      return others_.compute;
    case place::blocking:
      return others_.blocking;
    default:
      return nullptr;
  }
}

bool route_costs::may_move(std::size_t route) const noexcept {
  return plans_[route].where == run::automatic && !learned_[route].bound &&
         offload_after_ > nanoseconds::zero();
}

// The time in which the thread was ready to run and others had its core is nobody's fault.
void route_costs::ran_here(std::size_t route, const handler_run& took, bool bound) noexcept {
  const bool sleeper = sleeps(took);
  const nanoseconds cost = sleeper ? took.wall : took.cpu;
  const bool slow = cost >= long_run;
  left_ = slow ? requests_watched : left_ - (left_ != 0 ? 1 : 0);
  learned& about = learned_[route];
  about.bound |= bound;
  // One that has been moved may have begun here before, or come home with the rest of its work.
  if (places_[route] == place::compute || places_[route] == place::blocking) return;
  places_[route] = slow ? place::own_turn : place::here;
  if (cost < offload_after_ || !may_move(route)) return;
  if ((sleeper ? others_.blocking : others_.compute) == nullptr) return;
  places_[route] = sleeper ? place::blocking : place::compute;
  about.light_runs = 0;
  about.cost_us = compute::usual_us(about.cost_us, cost);
}

void route_costs::ran_away(std::size_t route, const handler_run& took,
                           monotonic_time now) noexcept {
  learned& about = learned_[route];
  const bool on_a_core = places_[route] != place::blocking;
  const nanoseconds cost = on_a_core ? took.cpu : took.wall;
  about.cost_us = compute::usual_us(about.cost_us, cost);
  if (!may_move(route)) return;
  // A computing one may have been without a core for long, so it takes more to look asleep.
  const bool computes = took.cpu >= offload_after_ / 2;
  const bool slept = !computes && took.wall >= offload_after_ && took.cpu * 8 < took.wall;
  if (on_a_core && slept && others_.blocking != nullptr) {
    places_[route] = place::blocking;
    return;
  }
  if (!on_a_core && computes && took.cpu * 2 > took.wall && others_.compute != nullptr) {
    places_[route] = place::compute;
  }
  if (cost >= offload_after_ / 2) {
    about.light_runs = 0;
    return;
  }
  if (about.light_runs++ == 0) about.light_since = now;
  if (about.light_runs >= light_runs_least && now - about.light_since >= light_time) {
    places_[route] = place::here;
  }
}

void route_costs::needs_worker(std::size_t route) noexcept {
  learned_[route].bound = true;
  if (plans_[route].where == run::automatic) places_[route] = place::own_turn;
}

}  // namespace shoal::http
