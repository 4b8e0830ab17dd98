#include "observe/numa_metrics.h"

#include <algorithm>
#include <string>
#include <vector>

#include "topology/page_places.h"

namespace shoal::observe {
namespace {

constexpr std::uint64_t page_bytes = 4096;

struct seen_pages {
  const seen_worker* worker;
  shm::page_view view;
  bool is_first;  ///< of its process, whose pages it tells
};

std::vector<seen_pages> look_at_pages(const overview& cluster,
                                      std::span<const seen_worker> workers) {
  std::vector<seen_pages> seen;
  for (unsigned w = 0; w < workers.size(); ++w) {
    const bool first = w == 0 || cluster.process_of[w] != cluster.process_of[w - 1];
    seen.push_back({&workers[w], shm::read_pages(cluster.pages.of(w)), first});
  }
  return seen;
}

void tell_memory(exposition& to, const overview& cluster, std::span<const seen_pages> seen) {
  to.family("shoal_process_numa_memory_bytes", metric_kind::gauge,
            "Memory of the node process by what it is for and the NUMA node where it lies.");
  const auto nodes = std::min(cluster.numa_nodes.size(), shm::page_tally_nodes);
  for (const auto& [worker, view, is_first] : seen) {
    if (!is_first || view.looked_ns == 0) continue;
    for (std::size_t kind = 0; kind < topology::page_kinds; ++kind) {
      for (std::size_t n = 0; n < nodes; ++n) {
        const auto numa_node = std::to_string(cluster.numa_nodes[n]);
        const metric_label of[] = {{"node", worker->node},
                                   {"kind", name_of(static_cast<topology::page_kind>(kind))},
                                   {"numa_node", numa_node}};
        to.sample(of, view.pages[kind][n] * page_bytes);
      }
    }
  }
  to.family("shoal_process_numa_remote_ratio", metric_kind::gauge,
            "Share of planned memory that lies on other NUMA nodes than planned: 0 to 1.");
  for (const auto& [worker, view, is_first] : seen) {
    const metric_label of[] = {{"node", worker->node}};
    if (is_first && view.looked_ns != 0) to.sample(of, view.remote_share);
  }
}

}  // namespace

void tell_numa(exposition& to, const overview& cluster, std::span<const seen_worker> workers) {
  const auto seen = look_at_pages(cluster, workers);
  tell_memory(to, cluster, seen);
  to.family("shoal_worker_cpu", metric_kind::gauge, "The core that the worker ran on last.");
  for (const auto& one : seen) {
    if (one.view.core) to.sample(one.worker->labels(), *one.view.core);
  }
  to.family("shoal_worker_migrations", metric_kind::gauge,
            "Times that the worker changed its core since its thread began.");
  for (const auto& one : seen) {
    if (one.view.migrations) to.sample(one.worker->labels(), *one.view.migrations);
  }
  to.family("shoal_connections_packets_total", metric_kind::counter,
            "Looks at where a connection's packets come in: the worker's NUMA node or a far one.");
  for (const auto& one : seen) {
    if (cluster.numa_nodes.size() < 2) break;
    to.sample(one.worker->labels(), {"side", "near"}, one.view.near);
    to.sample(one.worker->labels(), {"side", "far"}, one.view.far);
  }
}

}  // namespace shoal::observe
