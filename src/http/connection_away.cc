// Requests whose handlers run on other threads: whether they are let in, and what becomes of them.
#include <algorithm>
#include <chrono>
#include <new>
#include <string>
#include <utility>

#include "base/random.h"
#include "http/connection.h"
#include "http/problem.h"
#include "http/server_core.h"
#include "shoal/http/problem.h"

namespace shoal::http {
namespace {

/// To come again in half as long to one and a half times as long as the queue is now, in whole
/// seconds, so that those who were turned back together do not come again together.
response busy_answer(nanoseconds wait, std::uint64_t chance) {
  const auto part =
      nanoseconds(wait.count() / 1000 * static_cast<std::int64_t>(500 + chance % 1000));
  const auto seconds = 1 + std::chrono::duration_cast<std::chrono::seconds>(part).count();
  return problem(status::service_unavailable).header("Retry-After", std::to_string(seconds));
}

}  // namespace

/// Unless it would be answered too late.
void connection::dispatch_away(const endpoint& target, const route_match& match,
                               const head& request) noexcept {
  const auto& plan = core_.table.plans[match.route];
  compute::executor& by = *core_.costs.executor_of(match.route);
  const nanoseconds wait = by.predicted_wait(plan.work);
  const nanoseconds cost = std::chrono::microseconds(core_.costs.predicted_us(match.route));
  const bool waits_for_ever = plan.deadline.count() == 0;
  // With a margin: who is let in and then comes too late has had the threads for nothing.
  const nanoseconds in_time = plan.deadline - plan.deadline / 8;
  // Who need not wait is let in whatever it costs: else one slow run would close the route for
  // good.
  const bool too_late = wait > nanoseconds::zero() && wait + cost > in_time;
  if (!waits_for_ever && too_late) return turn_back(request, wait);
  try {
    if (!open_active(match, request)) return dispatch(core_.table.unfound, {}, request);
    active_->prepare_to_leave(match.route);
  } catch (const std::bad_alloc&) {
    return close();
  }
  active_->away.latest_start =
      waits_for_ever ? never
                     : core_.loop.now() + std::max(plan.deadline - cost, plan.deadline - in_time);
  work_us_ += active_->away.predicted_us;
  if (active_->begin_away(by, target)) return;
  release_active();
  turn_back(request, wait);
}

/// Its body is not read, if there is more than a little of it.
void connection::turn_back(const head& request, nanoseconds wait) noexcept try {
  ++core_.counters.shed;
  exchange& x = core_.immediate;
  x.reset(*this, request);
  plan_unread_body(request);
  answer_with(&request, busy_answer(wait, random_source(core_.next_request_id++).next()));
} catch (const std::bad_alloc&) {
  close();
}

void connection::errand_finished() noexcept {
  handler_done_ = true;
  advance();
}

void connection::errand_refused() noexcept try {
  const bool came_late = active_->away.what == compute::job::result::too_late;
  if (came_late) ++core_.counters.shed;  // and is not what a pool that ends sends home
  const head& request = *active_->request;
  const nanoseconds waited = active_->away.waited;
  plan_unread_body(request);
  answer_with(&request, busy_answer(waited, random_source(core_.next_request_id++).next()));
  release_active();
  advance();
} catch (const std::bad_alloc&) {
  close();
}

}  // namespace shoal::http
