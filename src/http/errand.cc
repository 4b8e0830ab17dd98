#include "http/errand.h"

#include <chrono>
#include <stdexcept>

#include "http/exchange.h"
#include "http/server_core.h"
#include "shoal/http/handler.h"
#include "shoal/http/late_body.h"
#include "shoal/http/problem.h"

namespace shoal::http {
namespace {

/// Longer than any stretch on the loop should last.
constexpr std::chrono::seconds patience{5};

/// A body that is simply there leaves as the answer's own: what it was borrowed from may be this
/// thread's. Filters do their work here, too.
void settle_body(response& made) {
  if (made.late() == nullptr) return made.own_body();
  if (made.late()->streams() || made.late()->is_file()) return;
  const auto late = made.take_late();
  made.set_body(late->filtered(made.body(), true));
}

}  // namespace

bool standstill::hold(const io::loop& which) {
  if (io::loop::current() == &which) return true;  // a simulated thread: nobody else runs
  std::unique_lock lock(mutex_);
  if (given_up_) return false;  // it is still on its way from the last time
  which.post(*this);
  holds_ = changed_.wait_for(lock, patience, [this] { return stands_; });
  given_up_ = !holds_;
  return holds_;
}

void standstill::let_go() noexcept {
  if (!std::exchange(holds_, false)) return;
  const std::lock_guard lock(mutex_);
  go_on_ = true;
  changed_.notify_all();
}

void standstill::deliver() noexcept {
  std::unique_lock lock(mutex_);
  if (std::exchange(given_up_, false)) return;
  stands_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return go_on_; });
  stands_ = go_on_ = false;
}

errand::errand(suspended_exchange& of) noexcept : of_(of), stretch_(of) {}

bool errand::begin(compute::executor& by, const endpoint& target) noexcept {
  used_ = true;
  by_ = &by;
  target_ = &target;
  next_ = nullptr;
  begun_.store(false, std::memory_order_relaxed);
  const auto* const computes = of_.core->options.executors.compute;
  stretch_.set_computes_elsewhere(computes != nullptr && computes != &by);
  return by.submit(*this);
}

bool errand::go_on(std::coroutine_handle<> next) noexcept {
  next_ = next;
  latest_start = never;  // what has begun is brought to its end
  return by_->submit(*this);
}

void errand::reset() noexcept {
  if (!std::exchange(used_, false)) return;
  given_up.store(false, std::memory_order_relaxed);
  latest_start = never;
  made_ = {};
  failure_ = nullptr;
  begun_.store(true, std::memory_order_relaxed);
  finished_ = false;
  answered_ = false;
  needed_home_ = false;
}

void errand::run() noexcept {
  begun_.store(true, std::memory_order_relaxed);
  {
    const shoal::detail::stretch::passage away(stretch_);
    try {
      next_ ? std::exchange(next_, nullptr).resume() : call_handler();
      if (finished_ && !answered_) take_answer_along();
    } catch (...) {
      failure_ = std::current_exception();
      finished_ = true;
    }
  }
  home_.let_go();
}

void errand::call_handler() {
  const void* const handler = target_->handler.get();
  if (target_->start == nullptr) {
    finished_ = true;
    if (!target_->make(handler, of_.view, made_)) made_ = problem(status::not_found);
    settle_body(made_);
    answered_ = true;
  } else if (!target_->start(handler, of_.view, of_.handler)) {
    finished_ = true;
    made_ = problem(status::not_found);
    answered_ = true;
  } else if (!of_.handler) {
    throw std::logic_error("it returned an empty task");
  } else if (of_.handler.start(of_, &of_)) {
    finished_ = true;
  }
}

void errand::take_answer_along() {
  made_ = of_.handler.take();
  settle_body(made_);
  answered_ = true;
}

response errand::take_answer() {
  answered_ = false;
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  return std::move(made_);
}

void errand::need_home() {
  const server_core& core = *of_.core;
  if (core.table.plans[route].where == shoal::run::offload) {
    throw std::logic_error(
        "shoal: worker().state<T>() belongs to the worker, and this handler's route says "
        "run::offload; leave the route to run::automatic, or compute in shoal::offload() alone");
  }
  of_.stays_home = true;
  needed_home_ = true;
  if (home_.holds() || home_.hold(*home)) return;
  throw std::logic_error(
      "shoal: worker().state<T>() has waited for the worker for too long; does the handler hold a "
      "lock that another one waits for? Say run::inlined at its route");
}

void errand::deliver() noexcept { of_.came_home(); }

}  // namespace shoal::http
