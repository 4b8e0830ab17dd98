#include "topology/placement.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <numeric>
#include <utility>

#include "topology/memory_plan.h"

namespace shoal::topology {
namespace {

/// A unit while it is planned.
struct ground {
  unit what;
  cpu_list cpus;                ///< usable
  std::vector<unsigned> order;  ///< the same, as they are taken
  unsigned budget = 0;          ///< workers it gets by default
  unsigned processes = 0;       ///< node processes that live on it
  std::size_t taken = 0;        ///< cores, of those that have as many workers as was asked for
};

constexpr std::array<std::string_view, 5> arrangements = {"local", "spread", "pack", "remote",
                                                          "interleave"};

std::string count(std::size_t n, const std::string& noun) {
  const bool hisses = noun.ends_with('s');
  return std::to_string(n) + " " + noun + (n == 1 ? "" : hisses ? "es" : "s");
}

std::string in_cores(double quota) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", quota);
  return std::string(text) + (quota == 1 ? " core" : " cores");
}

core_order order_for(arrangement how) noexcept {
  if (how == arrangement::pack) return core_order::node_by_node;
  return how == arrangement::spread ? core_order::round_the_nodes : core_order::physical_first;
}

std::vector<ground> grounds_of(const machine& m, const cpu_list& usable, const wish& w) {
  std::vector<ground> grounds;
  for (unit& u : units_of(m, usable, w.unit)) {
    cpu_list cpus = u.cpus();
    auto order = order_of(u, order_for(w.how));
    grounds.push_back({std::move(u), std::move(cpus), std::move(order)});
  }
  return grounds;
}

/// One of each NUMA node in turn: two caches of one node are near each other.
void far_ones_first(std::vector<ground>& grounds) {
  std::map<unsigned, unsigned> seen;
  std::map<std::pair<unsigned, std::size_t>, ground> ranked;  // by place in its node
  for (std::size_t i = 0; i < grounds.size(); ++i) {
    const unsigned rank = seen[grounds[i].what.nodes.front()]++;
    ranked.emplace(std::pair(rank, i), std::move(grounds[i]));
  }
  grounds.clear();
  for (auto& [rank, g] : ranked) grounds.push_back(std::move(g));
}

/// Keeps as few units as together have `cores` cores: the largest ones.
void keep_enough(std::vector<ground>& grounds, std::size_t cores) {
  std::vector<std::size_t> by_size(grounds.size());
  std::iota(by_size.begin(), by_size.end(), std::size_t{0});
  std::sort(by_size.begin(), by_size.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(grounds[b].cpus.size(), a) < std::pair(grounds[a].cpus.size(), b);
  });
  std::size_t kept = 0;
  for (std::size_t sum = 0; sum < cores && kept < grounds.size(); ++kept)
    sum += grounds[by_size[kept]].cpus.size();
  by_size.resize(kept);
  std::sort(by_size.begin(), by_size.end());
  std::vector<ground> left;
  for (const std::size_t i : by_size) left.push_back(std::move(grounds[i]));
  grounds = std::move(left);
}

/// Units that are used at all.
void choose_grounds(std::vector<ground>& grounds, std::size_t budget, const wish& w) {
  const std::size_t real = grounds.size();
  if (w.how == arrangement::spread) far_ones_first(grounds);
  if (w.how == arrangement::pack) {
    keep_enough(grounds, w.workers ? *w.workers * w.nodes.value_or(real) : budget);
  } else if (w.how != arrangement::spread && !w.nodes && !w.workers) {
    keep_enough(grounds, budget);
  }
  if (w.nodes && *w.nodes < grounds.size()) grounds.resize(*w.nodes);
}

/// One core to each unit in turn, or all that a unit has before the next gets any, until all are
/// dealt or the units are full.
void deal_budget(std::vector<ground>& grounds, std::size_t cores, arrangement how) {
  for (bool dealt = true; dealt && cores > 0;) {
    dealt = false;
    for (ground& g : grounds) {
      const std::size_t room = std::min(cores, g.cpus.size() - g.budget);
      if (room == 0) continue;
      const std::size_t given = how == arrangement::pack ? room : 1;
      g.budget += static_cast<unsigned>(given);
      cores -= given;
      dealt = true;
    }
  }
}

/// The unit of each process. Packed ones go where there is room for all of their workers.
std::vector<std::size_t> house(std::vector<ground>& grounds, const wish& w, unsigned processes) {
  std::vector<std::size_t> homes;
  for (unsigned i = 0; i < processes; ++i) {
    std::size_t home = i % grounds.size();
    if (w.how == arrangement::pack && w.workers) {
      const auto roomy = std::find_if(grounds.begin(), grounds.end(), [&](const ground& g) {
        return g.taken + *w.workers <= g.cpus.size();
      });
      if (roomy != grounds.end()) home = static_cast<std::size_t>(roomy - grounds.begin());
    }
    grounds[home].taken += w.workers.value_or(0);
    ++grounds[home].processes;
    homes.push_back(home);
  }
  return homes;
}

unsigned node_of(const ground& g, unsigned core_id) {
  const auto at = std::find_if(g.what.cores.begin(), g.what.cores.end(),
                               [core_id](const core& c) { return c.id == core_id; });
  return at->node;
}

/// Process `rank` of those on `g`. Its worker i gets core i * processes + rank, round and round, so
/// that processes in one unit take turns in choosing.
node_place place_process(const ground& g, unsigned rank, const wish& w, bool pinned) {
  const unsigned share = g.budget / g.processes + (rank < g.budget % g.processes ? 1 : 0);
  const unsigned workers = w.workers.value_or(std::max(share, 1U));
  node_place place{.node = g.what.nodes.front(), .memory = {}, .cpus = g.cpus, .workers = {}};
  for (unsigned i = 0; i < workers; ++i) {
    const std::size_t turn = std::size_t{i} * g.processes + rank;
    const unsigned core = g.order[turn % g.order.size()];
    place.workers.push_back({core, pinned, node_of(g, core)});
  }
  return place;
}

result<memory_choice> choose_memory(const machine& m, const ground& g, const wish& w) {
  if (w.how == arrangement::remote) {
    if (g.what.nodes.size() > 1)
      return error{0,
                   "placement remote needs node processes on one NUMA node each, and with unit " +
                       w.unit.show() + " they span several: take unit numa"};
    auto far = memory_far_from(m, g.what.nodes.front(), w.memory.value_or(memory_policy::bind));
    if (!far) return far.error();
    return memory_choice{std::move(far).value(), {}};
  }
  const bool over_all = w.how == arrangement::interleave || w.memory == memory_policy::interleave ||
                        w.memory == memory_policy::weighted;
  if (over_all) return memory_over_all(m, w.memory.value_or(memory_policy::interleave));
  return memory_near(m, g.what.nodes, w.memory);
}

void say_once(std::vector<std::string>& said, std::string text) {
  if (text.empty() || std::find(said.begin(), said.end(), text) != said.end()) return;
  said.push_back(std::move(text));
}

/// What decided the number of cores, as the second half of a sentence.
std::string deciding_limit(const machine& m, const limits& l, std::size_t allowed,
                           std::size_t usable, bool by_quota) {
  const std::size_t all = m.cores.size();
  const std::string of_all = " of " + count(all, "core");
  if (by_quota) return "CPU quota is " + in_cores(*l.quota_cores) + " (" + l.quota_file + ")";
  if (usable < allowed)
    return "threads-per-core leaves " + std::to_string(usable) + " of " + count(allowed, "core");
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

std::string name_of(const ground& g, unit_kind kind) {
  return std::string(topology::name_of(kind)) + " " + std::to_string(g.what.id);
}

void warn(const machine& m, const limits& l, const std::vector<ground>& grounds,
          const std::vector<std::size_t>& homes, unit_kind kind, placement& p) {
  const bool named = kind == unit_kind::numa ? m.nodes.size() > 1 : kind != unit_kind::none;
  for (std::size_t i = 0; i < grounds.size(); ++i) {
    std::size_t workers = 0;
    for (std::size_t at = 0; at < homes.size(); ++at)
      workers += homes[at] == i ? p.processes[at].workers.size() : 0;
    const ground& g = grounds[i];
    if (workers > g.cpus.size())
      p.warnings.push_back(count(workers, "worker") + " share " + count(g.cpus.size(), "core") +
                           (named ? " of " + name_of(g, kind) : std::string()) +
                           ": a worker may wait while another runs");
  }
  if (l.quota_cores && p.worker_count() > std::ceil(*l.quota_cores))
    p.warnings.push_back(count(p.worker_count(), "worker") + " under a CPU quota of " +
                         in_cores(*l.quota_cores) +
                         ": under load the kernel stops them for part of each period");
}

/// Nodes of memory alone are why there may be fewer units than somebody counts nodes.
std::string nodes_without_cores(const machine& m, const cpu_list& usable) {
  cpu_list without;
  for (const numa_node& n : m.nodes) {
    if (intersect(n.cpus, usable).empty()) without.push_back(n.id);
  }
  if (without.empty()) return "";
  return " (NUMA node" + std::string(without.size() == 1 ? " " : "s ") + format_cpu_list(without) +
         (without.size() == 1 ? " has" : " have") + " no usable core)";
}

result<void> check_numbers(const wish& w) {
  if (w.nodes == 0U) return error{0, "0 nodes: at least one node process must serve"};
  if (w.workers == 0U) return error{0, "0 workers: at least one worker must serve"};
  const std::uint64_t asked =
      std::uint64_t{w.nodes.value_or(1)} * std::uint64_t{w.workers.value_or(1)};
  if (asked > max_workers)
    return error{0, std::to_string(asked) + " workers: more than " + std::to_string(max_workers) +
                        ", the most there can be"};
  return {};
}

bool spreads(std::optional<memory_policy> policy) noexcept {
  return policy == memory_policy::interleave || policy == memory_policy::weighted;
}

struct usable_cores {
  std::size_t allowed = 0;  ///< by the machine and by others
  cpu_list cpus;            ///< of those, what the wish is for
};

result<usable_cores> find_usable(const machine& m, const limits& l, const wish& w) {
  cpu_list allowed = intersect(m.cpus(), l.affinity);
  if (l.cpuset) allowed = intersect(allowed, *l.cpuset);
  if (allowed.empty())
    return error{0, "no usable core: online are " + format_cpu_list(m.cpus()) +
                        ", the affinity mask allows " + format_cpu_list(l.affinity) +
                        (l.cpuset ? ", the cpuset " + format_cpu_list(*l.cpuset) : "")};
  return usable_cores{allowed.size(), limit_threads(m, allowed, w.threads_per_core)};
}

}  // namespace

std::string_view name_of(arrangement how) noexcept {
  return arrangements[static_cast<std::size_t>(how)];
}

std::optional<arrangement> parse_arrangement(std::string_view name) noexcept {
  const auto* const at = std::find(arrangements.begin(), arrangements.end(), name);
  if (at == arrangements.end()) return std::nullopt;
  return static_cast<arrangement>(at - arrangements.begin());
}

unsigned placement::worker_count() const noexcept {
  return std::accumulate(processes.begin(), processes.end(), 0U,
                         [](unsigned sum, const node_place& p) {
                           return sum + static_cast<unsigned>(p.workers.size());
                         });
}

bool placement::spans_nodes() const noexcept {
  const unsigned first = processes.front().workers.front().node;
  return std::any_of(processes.begin(), processes.end(), [first](const node_place& p) {
    return std::any_of(p.workers.begin(), p.workers.end(),
                       [first](const worker_place& w) { return w.node != first; });
  });
}

memory_place memory_of(const machine& m, const node_place& process, const worker_place& worker) {
  if (process.memory.policy != memory_policy::local) return process.memory;
  return memory_near(m, {worker.node}, std::nullopt).where;
}

result<void> check(const wish& w) {
  if (auto sane = check_numbers(w); !sane) return sane;
  if (w.unit.kind == unit_kind::none && w.nodes.value_or(1) != 1)
    return error{0, "unit none is one node process for all cores: nodes must be 1 or auto, not " +
                        std::to_string(*w.nodes)};
  const auto said = w.memory ? std::string(topology::name_of(*w.memory)) : "";
  if (w.how == arrangement::interleave && w.memory && !spreads(w.memory))
    return error{0,
                 "placement interleave is about memory on all nodes: memory must be auto, "
                 "interleave or weighted, not " +
                     said};
  if (w.how == arrangement::remote && (spreads(w.memory) || w.memory == memory_policy::local))
    return error{0,
                 "placement remote is about memory on one other node: memory must be auto, bind "
                 "or preferred, not " +
                     said};
  return {};
}

result<placement> plan(const machine& m, const limits& l, const wish& w) {
  if (auto sane = check(w); !sane) return sane.error();
  const auto found = find_usable(m, l, w);
  if (!found) return found.error();
  const auto& [allowed, usable] = found.value();

  const std::size_t quota =
      l.quota_cores ? static_cast<std::size_t>(std::clamp(std::ceil(*l.quota_cores), 1.0, 1e6))
                    : usable.size();
  const bool by_quota = quota < usable.size();
  const std::size_t budget = std::min(quota, usable.size());

  std::vector<ground> grounds = grounds_of(m, usable, w);
  const std::size_t real = grounds.size();
  // Packed together, there may be more processes than units that they need.
  const bool one_in_each = w.how != arrangement::pack || !w.workers;
  choose_grounds(grounds, budget, w);
  deal_budget(grounds, budget, w.how);

  placement p;
  const auto units = static_cast<unsigned>(one_in_each ? grounds.size() : real);
  const auto homes = house(grounds, w, w.nodes.value_or(units));
  std::vector<unsigned> ranks(grounds.size());
  for (const std::size_t home : homes) {
    const ground& g = grounds[home];
    p.processes.push_back(place_process(g, ranks[home]++, w, !by_quota));
    auto memory = choose_memory(m, g, w);
    if (!memory) return memory.error();
    p.processes.back().memory = std::move(memory.value().where);
    say_once(p.shortfalls, memory.value().shortfall);
  }
  if (p.worker_count() > max_workers)
    return error{0, std::to_string(p.worker_count()) + " workers: more than " +
                        std::to_string(max_workers) + ", the most there can be"};
  const std::string kind(topology::name_of(w.unit.kind));
  if (w.nodes && *w.nodes > real)
    p.shortfalls.push_back(count(*w.nodes, "node process") + " for " + count(real, kind) +
                           nodes_without_cores(m, usable) + ": some share one");
  p.reason = explain(p, w, budget, deciding_limit(m, l, allowed, usable.size(), by_quota));
  if (grounds.size() < real)
    p.reason += "; on " + std::to_string(grounds.size()) + " of " + count(real, kind);
  if (w.how != arrangement::local) p.reason += "; placement " + std::string(name_of(w.how));
  warn(m, l, grounds, homes, w.unit.kind, p);
  return p;
}

}  // namespace shoal::topology
