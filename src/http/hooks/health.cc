#include "shoal/http/health.h"

#include "shoal/http/context.h"
#include "shoal/http/problem.h"

namespace shoal {
namespace {

/// An answer out of a cache would say how it was.
response fresh(response answer) {
  answer.header("Cache-Control", "no-store");
  return answer;
}

}  // namespace

response detail::say_live() { return fresh(response::borrowed_text("ok\n")); }

response detail::say_ready(context& c, const std::function<bool(context&)>& check) {
  if (c.stopping()) return fresh(problem(status::service_unavailable, "draining"));
  if (check && !check(c)) return fresh(problem(status::service_unavailable, "not ready"));
  return fresh(response::borrowed_text("ok\n"));
}

}  // namespace shoal
