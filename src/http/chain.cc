#include "http/chain.h"

#include <memory>
#include <optional>
#include <utility>

#include "http/problem.h"
#include "shoal/http/error.h"
#include "shoal/http/problem.h"

namespace shoal::http {
namespace {

std::optional<response> run_before(const chain& hooks, context& c) {
  for (const auto& hook : hooks.before) {
    if (auto early = hook(c)) return early;
  }
  return std::nullopt;
}

void run_after(const chain& hooks, context& c, response& answer) {
  for (const auto& hook : hooks.after) hook(c, answer);
}

/// Without a coroutine.
response produce(const chain& hooks, context& c) {
  response made;
  try {
    if (auto early = run_before(hooks, c)) {
      made = std::move(*early);
    } else if (!hooks.inner.make(hooks.inner.handler.get(), c, made)) {
      made = problem(status::not_found);
    }
  } catch (...) {
    made = failure_answer(c);
  }
  run_after(hooks, c, made);
  return made;
}

bool answer(const void* hooks, context& c) {
  detail::respond(c, produce(*static_cast<const chain*>(hooks), c));
  return true;
}

bool make(const void* hooks, context& c, response& made) {
  made = produce(*static_cast<const chain*>(hooks), c);
  return true;
}

task<response> made_by(const endpoint& handler, context& c) {
  response made;
  if (!handler.make(handler.handler.get(), c, made)) throw http_error(status::not_found, {});
  co_return made;
}

task<response> call(const endpoint& handler, context& c) {
  if (handler.start == nullptr) return made_by(handler, c);
  task<response> started;
  if (!handler.start(handler.handler.get(), c, started)) throw http_error(status::not_found, {});
  return started;
}

task<response> unfold(const chain& hooks, context& c) {
  response made;
  try {
    auto early = run_before(hooks, c);
    if (early) {
      made = std::move(*early);
    } else {
      const next first(hooks, 0, c);
      auto rest = first();
      if (!rest) throw std::logic_error("it returned an empty task");
      made = co_await std::move(rest);
    }
  } catch (...) {
    made = failure_answer(c);
  }
  run_after(hooks, c, made);
  co_return made;
}

bool start(const void* hooks, context& c, task<response>& started) {
  started = unfold(*static_cast<const chain*>(hooks), c);
  return true;
}

}  // namespace

endpoint link(chain parts) {
  if (parts.before.empty() && parts.around.empty() && parts.after.empty()) return parts.inner;
  const bool plain = parts.around.empty() && parts.inner.start == nullptr;
  endpoint linked;
  linked.handler = std::make_shared<const chain>(std::move(parts));
  if (plain) {
    linked.answer = &answer;
    linked.make = &make;
  } else {
    linked.start = &start;
  }
  return linked;
}

}  // namespace shoal::http

namespace shoal {

task<response> next::operator()() const {
  if (at_ == of_.around.size()) return http::call(of_.inner, c_);
  return of_.around[at_](c_, next(of_, at_ + 1, c_));
}

}  // namespace shoal
