#include "topology/misplaced.h"

#include <algorithm>
#include <cstdio>
#include <numeric>

namespace shoal::topology {
namespace {

constexpr unsigned good_permille = 950;
constexpr unsigned even_permille = 50;        // a node's share may be so far from an equal one
constexpr std::uint64_t least_of_a_kind = 8;  // a stack may have two pages
constexpr std::uint64_t least_to_compare = 256;

std::uint64_t sum(const node_pages& pages) {
  return std::accumulate(pages.begin(), pages.end(), std::uint64_t{0});
}

std::vector<bool> marks_of(const std::vector<unsigned>& wanted, std::span<const unsigned> nodes) {
  std::vector<bool> marks;
  for (const unsigned node : nodes)
    marks.push_back(std::find(wanted.begin(), wanted.end(), node) != wanted.end());
  return marks;
}

node_pages planned_pages(const page_places& found, std::size_t nodes) {
  node_pages all(nodes);
  for (std::size_t k = 0; k < page_kinds; ++k) {
    if (!is_planned(static_cast<page_kind>(k))) continue;
    for (std::size_t n = 0; n < nodes; ++n) all[n] += found.pages[k][n];
  }
  return all;
}

std::string percent(unsigned permille) {
  char text[16];
  std::snprintf(text, sizeof text, "%u.%u %%", permille / 10, permille % 10);
  return text;
}

std::string_view in_words(page_kind kind) noexcept {
  switch (kind) {
    case page_kind::heap:
      return "threads' heaps";
    case page_kind::stacks:
      return "workers' stacks";
    case page_kind::rings:
      return "io_uring's rings";
    case page_kind::buffers:
      return "receive buffers";
    default:
      return "load slots and tallies";
  }
}

void compare_kinds(const memory_expectation& expected, std::span<const unsigned> nodes,
                   const page_places& found, std::vector<misplacement>& out) {
  const auto marks = marks_of(expected.planned(), nodes);
  for (std::size_t k = 0; k < page_kinds; ++k) {
    const auto kind = static_cast<page_kind>(k);
    const auto& pages = found.pages[k];
    if (!is_planned(kind) || sum(pages) < least_of_a_kind) continue;
    const unsigned there = permille_on(pages, marks);
    if (there >= good_permille) continue;
    out.push_back({kind, percent(1000 - there) + " of the " + std::to_string(sum(pages)) +
                             " pages of " + std::string(in_words(kind)) +
                             " lie elsewhere than on NUMA node " +
                             format_cpu_list(expected.planned()) + " (memory " +
                             expected.where.show() + ")"});
  }
}

void compare_nodes(const memory_expectation& expected, std::span<const unsigned> nodes,
                   const page_places& found, std::vector<misplacement>& out) {
  auto all = planned_pages(found, nodes.size());
  // One transparent huge page makes a stack, of a few pages otherwise, lie on one node.
  for (std::size_t n = 0; n < nodes.size(); ++n) all[n] -= found.of(page_kind::stacks)[n];
  if (sum(all) < least_to_compare || expected.planned().empty()) return;
  const auto equal = static_cast<unsigned>(1000 / expected.planned().size());
  for (const unsigned node : expected.planned()) {
    const unsigned share = permille_on(all, marks_of({node}, nodes));
    if (share + even_permille >= equal && share <= equal + even_permille) continue;
    out.push_back({std::nullopt, "NUMA node " + std::to_string(node) + " has " + percent(share) +
                                     " of " + std::to_string(sum(all)) +
                                     " pages that are interleaved, and should have " +
                                     percent(equal)});
  }
}

}  // namespace

memory_expectation expectation_of(const node_place& process) {
  memory_expectation expected{process.memory, {}};
  auto& nodes = expected.worker_nodes;
  for (const worker_place& worker : process.workers) nodes.push_back(worker.node);
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  return expected;
}

std::vector<unsigned> node_ids(const machine& m) {
  std::vector<unsigned> ids;
  for (const numa_node& node : m.nodes) ids.push_back(node.id);
  return ids;
}

bool is_planned(page_kind kind) noexcept { return kind <= page_kind::slots; }

unsigned remote_permille(const memory_expectation& expected, std::span<const unsigned> nodes,
                         const page_places& found) {
  return 1000 -
         permille_on(planned_pages(found, nodes.size()), marks_of(expected.planned(), nodes));
}

std::vector<misplacement> find_misplaced(const memory_expectation& expected,
                                         std::span<const unsigned> nodes,
                                         const page_places& found) {
  std::vector<misplacement> out;
  if (nodes.size() < 2 || expected.where.policy == memory_policy::weighted) return out;
  if (expected.where.policy == memory_policy::interleave) {
    compare_nodes(expected, nodes, found, out);
  } else {
    compare_kinds(expected, nodes, found, out);
  }
  return out;
}

}  // namespace shoal::topology
