#pragma once

#include "shoal/http/handler.h"
#include "shoal/http/route_options.h"

namespace shoal {

namespace detail {
[[nodiscard]] response tell_metrics(context& c);
}  // namespace detail

/// Mounts what Prometheus asks for: text format 0.0.4, docs/metrics.md has every name.
///
///   shoal::metrics(app);                      // GET /metrics
///   auto inner = app.group<"/internal">();    // or where only your own may look
///   inner.before(shoal::basic_auth("staff", check));
///   shoal::metrics(inner);
///
/// Whichever worker is asked answers for all workers of all processes, from shared memory: nobody
/// is waited for, and a worker that is stuck is told of as well as the others. Counters go on where
/// a process that has crashed left them. 503 where no cluster is, in shoal::test::client.
///
/// Cost: a dozen microseconds on the loop for each worker of the cluster.
template <http::fixed_string Path = "/metrics", typename Scope>
void metrics(Scope& scope) {
  scope.template get<Path>([](context& c) { return detail::tell_metrics(c); }, {run::inlined});
}

}  // namespace shoal
