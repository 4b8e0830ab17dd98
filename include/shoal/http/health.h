#pragma once

#include <functional>
#include <utility>

#include "shoal/http/handler.h"

namespace shoal {

namespace detail {
[[nodiscard]] response say_live();
[[nodiscard]] response say_ready(context& c, const std::function<bool(context&)>& check);
}  // namespace detail

/// Mounts the two questions that an orchestrator asks:
///
///   /livez    200 whenever a worker answers, while draining too: restarting it would help nobody
///   /readyz   200; 503 from the beginning of a stop (so during --drain-delay, too) or while
///   `check`
///             says no: send no new clients
///
///   shoal::health(app, [](shoal::context& c) { return c.state<database>().connected(); });
///
/// `check` runs on the loop, for each question: it looks at what is known and waits for nothing.
template <http::fixed_string Live = "/livez", http::fixed_string Ready = "/readyz", typename Scope>
void health(Scope& scope, std::function<bool(context&)> check = {}) {
  scope.template get<Live>([] { return detail::say_live(); });
  scope.template get<Ready>(
      [check = std::move(check)](context& c) { return detail::say_ready(c, check); });
}

}  // namespace shoal
