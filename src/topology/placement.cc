#include "topology/placement.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <utility>

namespace shoal::topology {
namespace {

/// A NUMA node with at least one usable core, while it is planned.
struct ground {
  const numa_node* node = nullptr;
  cpu_list cpus;                ///< usable
  std::vector<unsigned> order;  ///< the same, physical cores first
  unsigned budget = 0;          ///< workers it gets by default
  unsigned processes = 0;       ///< node processes that live on it
};

std::string count(std::size_t n, const std::string& noun) {
  return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

std::string in_cores(double quota) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", quota);
  return std::string(text) + (quota == 1 ? " core" : " cores");
}

/// First threads of all physical cores, then the second ones.
std::vector<unsigned> physical_first(const machine& m, const cpu_list& cpus) {
  std::vector<core> found;
  for (const core& c : m.cores) {
    if (contains(cpus, c.id)) found.push_back(c);
  }
  std::sort(found.begin(), found.end(), [](const core& a, const core& b) {
    return std::pair(a.thread, a.id) < std::pair(b.thread, b.id);
  });
  std::vector<unsigned> order;
  for (const core& c : found) order.push_back(c.id);
  return order;
}

std::vector<ground> grounds_of(const machine& m, const cpu_list& usable) {
  std::vector<ground> grounds;
  for (const numa_node& node : m.nodes) {
    cpu_list cpus = intersect(node.cpus, usable);
    if (cpus.empty()) continue;
    auto order = physical_first(m, cpus);
    grounds.push_back({&node, std::move(cpus), std::move(order)});
  }
  return grounds;
}

/// Keeps as few nodes as together have `cores` cores: the largest ones.
void keep_enough(std::vector<ground>& grounds, std::size_t cores) {
  std::sort(grounds.begin(), grounds.end(), [](const ground& a, const ground& b) {
    return std::pair(b.cpus.size(), a.node->id) < std::pair(a.cpus.size(), b.node->id);
  });
  std::size_t kept = 0;
  for (std::size_t sum = 0; sum < cores && kept < grounds.size(); ++kept)
    sum += grounds[kept].cpus.size();
  grounds.resize(kept);
  std::sort(grounds.begin(), grounds.end(),
            [](const ground& a, const ground& b) { return a.node->id < b.node->id; });
}

/// One core to each node in turn, until all are dealt or the nodes are full.
void deal_budget(std::vector<ground>& grounds, std::size_t cores) {
  for (bool dealt = true; dealt && cores > 0;) {
    dealt = false;
    for (ground& g : grounds) {
      if (cores == 0 || g.budget == g.cpus.size()) continue;
      ++g.budget;
      --cores;
      dealt = true;
    }
  }
}

/// Process `rank` of those on `g`. Its worker i gets core i * processes + rank, round and round, so
/// that processes on one node take turns in choosing.
node_place place_process(const ground& g, unsigned rank, const wish& w, bool pinned) {
  const unsigned share = g.budget / g.processes + (rank < g.budget % g.processes ? 1 : 0);
  const unsigned workers = w.workers.value_or(std::max(share, 1U));
  node_place place{.node = g.node->id, .memory_here = g.node->memory_bytes > 0, .cpus = g.cpus};
  for (unsigned i = 0; i < workers; ++i) {
    const std::size_t turn = std::size_t{i} * g.processes + rank;
    place.workers.push_back({g.order[turn % g.order.size()], pinned});
  }
  return place;
}

/// What decided the number of cores, as the second half of a sentence.
std::string deciding_limit(const machine& m, const limits& l, std::size_t usable, bool by_quota) {
  const std::size_t all = m.cores.size();
  const std::string of_all = " of " + count(all, "core");
  if (by_quota) return "CPU quota is " + in_cores(*l.quota_cores) + " (" + l.quota_file + ")";
  if (usable == all) return "one for each of " + count(all, "core");
  const cpu_list online = m.cpus();
  const std::size_t by_affinity = intersect(online, l.affinity).size();
  const std::size_t by_cpuset = l.cpuset ? intersect(online, *l.cpuset).size() : all;
  if (by_cpuset <= by_affinity)
    return "cpuset allows " + std::to_string(by_cpuset) + of_all + " (" + l.cpuset_file + ")";
  return "affinity mask allows " + std::to_string(by_affinity) + of_all;
}

std::string explain(const placement& p, const wish& w, std::size_t budget,
                    const std::string& limit) {
  const unsigned workers = p.worker_count();
  const std::size_t processes = p.processes.size();
  const std::string head = count(workers, "worker") + ": ";
  if (w.workers)
    return head + std::to_string(*w.workers) + " in " +
           (processes == 1 ? "one node process"
                           : "each of " + std::to_string(processes) + " node processes") +
           ", as asked";
  if (workers > budget)
    return head + "at least one in each of " + std::to_string(processes) + " node processes";
  return head + limit;
}

void warn(const machine& m, const limits& l, const std::vector<ground>& grounds, placement& p) {
  for (const ground& g : grounds) {
    std::size_t workers = 0;
    for (const node_place& place : p.processes)
      workers += place.node == g.node->id ? place.workers.size() : 0;
    if (workers > g.cpus.size())
      p.warnings.push_back(
          count(workers, "worker") + " share " + count(g.cpus.size(), "core") +
          (m.nodes.size() > 1 ? " of NUMA node " + std::to_string(g.node->id) : std::string()) +
          ": a worker may wait while another runs");
  }
  if (l.quota_cores && p.worker_count() > std::ceil(*l.quota_cores))
    p.warnings.push_back(count(p.worker_count(), "worker") + " under a CPU quota of " +
                         in_cores(*l.quota_cores) +
                         ": under load the kernel stops them for part of each period");
}

result<void> check(const wish& w) {
  if (w.nodes == 0U) return error{0, "0 nodes: at least one node process must serve"};
  if (w.workers == 0U) return error{0, "0 workers: at least one worker must serve"};
  const std::uint64_t asked =
      std::uint64_t{w.nodes.value_or(1)} * std::uint64_t{w.workers.value_or(1)};
  if (asked > max_workers)
    return error{0, std::to_string(asked) + " workers: more than " + std::to_string(max_workers) +
                        ", the most there can be"};
  return {};
}

}  // namespace

unsigned placement::worker_count() const noexcept {
  return std::accumulate(processes.begin(), processes.end(), 0U,
                         [](unsigned sum, const node_place& p) {
                           return sum + static_cast<unsigned>(p.workers.size());
                         });
}

bool placement::spans_nodes() const noexcept {
  return std::any_of(processes.begin(), processes.end(),
                     [this](const node_place& p) { return p.node != processes.front().node; });
}

result<placement> plan(const machine& m, const limits& l, const wish& w) {
  if (auto sane = check(w); !sane) return sane.error();
  cpu_list usable = intersect(m.cpus(), l.affinity);
  if (l.cpuset) usable = intersect(usable, *l.cpuset);
  if (usable.empty())
    return error{0, "no usable core: online are " + format_cpu_list(m.cpus()) +
                        ", the affinity mask allows " + format_cpu_list(l.affinity) +
                        (l.cpuset ? ", the cpuset " + format_cpu_list(*l.cpuset) : "")};

  const std::size_t quota =
      l.quota_cores ? static_cast<std::size_t>(std::clamp(std::ceil(*l.quota_cores), 1.0, 1e6))
                    : usable.size();
  const bool by_quota = quota < usable.size();
  const std::size_t budget = std::min(quota, usable.size());

  std::vector<ground> grounds = grounds_of(m, usable);
  const std::size_t real = grounds.size();
  if (w.nodes && *w.nodes < real) grounds.resize(*w.nodes);
  if (!w.nodes && !w.workers) keep_enough(grounds, budget);
  deal_budget(grounds, budget);

  placement p;
  const unsigned processes = w.nodes.value_or(static_cast<unsigned>(grounds.size()));
  for (unsigned i = 0; i < processes; ++i) ++grounds[i % grounds.size()].processes;
  for (unsigned i = 0; i < processes; ++i) {
    const auto rank = static_cast<unsigned>(i / grounds.size());
    p.processes.push_back(place_process(grounds[i % grounds.size()], rank, w, !by_quota));
  }
  if (p.worker_count() > max_workers)
    return error{0, std::to_string(p.worker_count()) + " workers: more than " +
                        std::to_string(max_workers) + ", the most there can be"};
  p.reason = explain(p, w, budget, deciding_limit(m, l, usable.size(), by_quota));
  if (grounds.size() < real)
    p.reason += "; on " + std::to_string(grounds.size()) + " of " + count(real, "NUMA node");
  warn(m, l, grounds, p);
  return p;
}

}  // namespace shoal::topology
