#include "topology/memory_plan.h"

#include <algorithm>

namespace shoal::topology {
namespace {

/// Nobody has said how far nodes are: all others are equally far.
constexpr unsigned distance_to_itself = 10;
constexpr unsigned distance_to_others = 20;

std::size_t place_of(const machine& m, unsigned node) noexcept {
  const auto at = std::find_if(m.nodes.begin(), m.nodes.end(),
                               [node](const numa_node& n) { return n.id == node; });
  return static_cast<std::size_t>(at - m.nodes.begin());
}

unsigned distance(const machine& m, std::size_t from, std::size_t to) noexcept {
  const auto& said = m.nodes[from].distances;
  if (to < said.size()) return said[to];
  return from == to ? distance_to_itself : distance_to_others;
}

std::vector<unsigned> with_memory(const machine& m) {
  std::vector<unsigned> nodes;
  for (const numa_node& n : m.nodes) {
    if (n.memory_bytes > 0) nodes.push_back(n.id);
  }
  return nodes;
}

/// nullopt: none has memory, or the kernel does not say.
std::optional<unsigned> nearest_memory(const machine& m, unsigned node) {
  const auto from = place_of(m, node);
  std::optional<unsigned> best;
  for (const unsigned other : with_memory(m)) {
    if (!best || distance(m, from, place_of(m, other)) < distance(m, from, place_of(m, *best)))
      best = other;
  }
  return best;
}

}  // namespace

memory_choice memory_near(const machine& m, const std::vector<unsigned>& nodes,
                          std::optional<memory_policy> policy) {
  cpu_list own = intersect(with_memory(m), nodes);
  if (!policy) {
    if (own.size() != 1 || nodes.size() != 1) return {};
    return {{memory_policy::preferred, std::move(own)}, {}};
  }
  if (*policy == memory_policy::local) return {};
  if (!own.empty()) return {{*policy, std::move(own)}, {}};
  const auto nearest = nearest_memory(m, nodes.front());
  if (!nearest) return {{}, "the kernel does not say which NUMA node has memory"};
  return {{*policy, {*nearest}},
          "NUMA node " + std::to_string(nodes.front()) +
              " has no memory of its own: its process's memory lies on node " +
              std::to_string(*nearest) + ", the nearest that has"};
}

memory_choice memory_over_all(const machine& m, memory_policy policy) {
  auto nodes = with_memory(m);
  if (nodes.size() > 1) return {{policy, std::move(nodes)}, {}};
  return {{},
          "memory " + std::string(name_of(policy)) +
              ": there is one NUMA node with memory, and so "
              "nothing to interleave"};
}

result<memory_place> memory_far_from(const machine& m, unsigned node, memory_policy policy) {
  const auto from = place_of(m, node);
  std::optional<std::size_t> farthest;
  for (std::size_t step = 1; step < m.nodes.size(); ++step) {
    const auto other = (from + step) % m.nodes.size();
    if (m.nodes[other].memory_bytes == 0) continue;
    if (!farthest || distance(m, from, other) > distance(m, from, *farthest)) farthest = other;
  }
  if (farthest) return memory_place{policy, {m.nodes[*farthest].id}};
  return error{0, "placement remote: no other NUMA node than " + std::to_string(node) +
                      " has memory; take placement local"};
}

}  // namespace shoal::topology
