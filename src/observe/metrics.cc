#include "shoal/observe/metrics.h"

#include "observe/cluster_metrics.h"
#include "shoal/http/context.h"
#include "shoal/http/problem.h"

namespace shoal {

response detail::tell_metrics(context& c) {
  const auto& cluster = c.worker().local<observe::known_cluster>().of;
  if (!cluster) return problem(status::service_unavailable, "no cluster to tell of");
  return response::text(observe::tell(*cluster))
      .header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
      .header("Cache-Control", "no-store");
}

}  // namespace shoal
