// Machines of many shapes, read by our reader and by hwloc, and what a server would make of each.
#include <gtest/gtest.h>

#include <map>
#include <ostream>

#include "support/tree_file.h"
#include "topology/hwloc_reader.h"
#include "topology/placement.h"

namespace shoal::topology {
namespace {

using shoal::testing::fake_tree;
using shoal::testing::tree_description;

struct tree_case {
  const char* name;
  const char* nodes;     ///< cores of each
  const char* packages;  ///< cores of each
  const char* caches;    ///< cores of each last-level cache
  const char* second;    ///< threads that are not the first of their physical core
  const char* fast;      ///< performance cores
  const char* plan;      ///< cores of each process; * where workers are pinned to none
  const char* reason;

  friend void PrintTo(const tree_case& c, std::ostream* out) { *out << c.name; }
};

const std::vector<tree_case> cases = {
    {"one_socket", "0-15", "0-15", "0-15", "8-15", "none", "0-15",
     "16 workers: one for each of 16 cores"},
    {"two_sockets", "0-7,16-23 | 8-15,24-31", "0-7,16-23 | 8-15,24-31", "0-7,16-23 | 8-15,24-31",
     "16-31", "none", "0-7,16-23 | 8-15,24-31", "32 workers: one for each of 32 cores"},
    {"epyc_nps1", "0-63", "0-63",
     "0-3,32-35 | 4-7,36-39 | 8-11,40-43 | 12-15,44-47 | 16-19,48-51 | 20-23,52-55 | 24-27,56-59 | "
     "28-31,60-63",
     "32-63", "none", "0-63", "64 workers: one for each of 64 cores"},
    {"epyc_nps4",
     "0-3,32-35 | 4-7,36-39 | 8-11,40-43 | 12-15,44-47 | 16-19,48-51 | 20-23,52-55 | 24-27,56-59 | "
     "28-31,60-63",
     "0-15,32-47 | 16-31,48-63",
     "0-3,32-35 | 4-7,36-39 | 8-11,40-43 | 12-15,44-47 | 16-19,48-51 | 20-23,52-55 | 24-27,56-59 | "
     "28-31,60-63",
     "32-63", "none",
     "0-3,32-35 | 4-7,36-39 | 8-11,40-43 | 12-15,44-47 | 16-19,48-51 | 20-23,52-55 | 24-27,56-59 | "
     "28-31,60-63",
     "64 workers: one for each of 64 cores"},
    {"xeon_snc2",
     "0-2,6-8,24-26,30-32 | 3-5,9-11,27-29,33-35 | 12-14,18-20,36-38,42-44 | "
     "15-17,21-23,39-41,45-47",
     "0-11,24-35 | 12-23,36-47", "0-11,24-35 | 12-23,36-47", "24-47", "none",
     "0-2,6-8,24-26,30-32 | 3-5,9-11,27-29,33-35 | 12-14,18-20,36-38,42-44 | "
     "15-17,21-23,39-41,45-47",
     "48 workers: one for each of 48 cores"},
    {"cxl_memory", "0-3 | 4-7 | none", "0-3 | 4-7", "0-3 | 4-7", "none", "none", "0-3 | 4-7",
     "8 workers: one for each of 8 cores"},
    {"offline_cores", "0-2,4-5", "0-2,4-5", "0-2,4-5", "4-5", "none", "0-2,4-5",
     "5 workers: one for each of 5 cores"},
    {"hybrid", "0-15", "0-15", "0-11 | 12-15", "1,3,5,7,9,11", "0-11", "0-15",
     "16 workers: one for each of 16 cores"},
    {"arm_without_numa", "0-7", "0-7", "0-3 | 4-7", "none", "4-7", "0-7",
     "8 workers: one for each of 8 cores"},
    {"container", "0-7 | 8-15", "0-7 | 8-15", "0-7 | 8-15", "none", "none", "8-10*",
     "3 workers: CPU quota is 2.5 cores (/sys/fs/cgroup/cpu.max)"},
};

std::string joined(const std::vector<cpu_list>& lists) {
  std::string text;
  for (const cpu_list& list : lists) text += (text.empty() ? "" : " | ") + format_cpu_list(list);
  return text;
}

/// Cores that have this in common, by their lowest.
std::string grouped(const machine& m, unsigned core::* what) {
  std::map<unsigned, cpu_list> groups;
  std::vector<cpu_list> lists;
  for (const core& c : m.cores) groups[c.*what].push_back(c.id);
  for (auto& [key, cpus] : groups) lists.push_back(std::move(cpus));
  return joined(lists);
}

template <typename Condition>
std::string those(const machine& m, Condition condition) {
  cpu_list cpus;
  for (const core& c : m.cores) {
    if (condition(c)) cpus.push_back(c.id);
  }
  return format_cpu_list(cpus);
}

std::string nodes_of(const machine& m) {
  std::vector<cpu_list> lists;
  for (const numa_node& node : m.nodes) lists.push_back(node.cpus);
  return joined(lists);
}

std::string cores_of(const placement& p) {
  std::string text;
  for (const node_place& process : p.processes) {
    cpu_list cpus;
    for (const worker_place& w : process.workers) cpus.push_back(w.core);
    std::sort(cpus.begin(), cpus.end());
    text += (text.empty() ? "" : " | ") + format_cpu_list(cpus);
    text += process.workers.front().pinned ? "" : "*";
  }
  return text;
}

std::string without_root(std::string text, const std::string& root) {
  if (const auto at = text.find(root); at != std::string::npos) text.erase(at, root.size());
  return text;
}

class Tree : public ::testing::TestWithParam<tree_case> {
 protected:
  Tree() { write_tree(tree_, tree_description(GetParam().name)); }

  void expect_shape(const result<machine>& read) {
    ASSERT_TRUE(read.ok()) << read.error().message;
    const machine& m = read.value();
    EXPECT_EQ(nodes_of(m), GetParam().nodes);
    EXPECT_EQ(grouped(m, &core::package), GetParam().packages);
    EXPECT_EQ(grouped(m, &core::llc), GetParam().caches);
    EXPECT_EQ(those(m, [](const core& c) { return c.thread > 0; }), GetParam().second);
    EXPECT_EQ(those(m, [](const core& c) { return c.physical != c.id; }), GetParam().second);
    EXPECT_EQ(those(m, [](const core& c) { return c.kind == core_kind::performance; }),
              GetParam().fast);
  }

  fake_tree tree_;
};

TEST_P(Tree, HasTheShapeThatItsFilesSay) { expect_shape(read_machine(tree_.root())); }

TEST_P(Tree, IsWhatHwlocSeesInIt) {
  const auto theirs = read_tree_with_hwloc(tree_.root());
  expect_shape(theirs);
  const machine ours = read_machine(tree_.root()).value();
  ASSERT_EQ(ours.nodes.size(), theirs.value().nodes.size());
  for (std::size_t i = 0; i < ours.nodes.size(); ++i) {
    const numa_node& a = ours.nodes[i];
    const numa_node& b = theirs.value().nodes[i];
    EXPECT_EQ(a.id, b.id);
    EXPECT_EQ(a.memory_bytes, b.memory_bytes);
    EXPECT_EQ(ours.nodes.size() > 1 ? a.distances : std::vector<unsigned>(), b.distances);
    for (const huge_page_pool& pool : a.huge_pages) {
      const auto same = std::find_if(
          b.huge_pages.begin(), b.huge_pages.end(),
          [&](const huge_page_pool& other) { return other.page_bytes == pool.page_bytes; });
      EXPECT_TRUE(same != b.huge_pages.end() && same->total == pool.total) << pool.page_bytes;
    }
  }
  for (std::size_t i = 0; i < ours.cores.size(); ++i) {
    EXPECT_EQ(ours.cores[i].node, theirs.value().cores[i].node);
    EXPECT_EQ(ours.cores[i].physical, theirs.value().cores[i].physical);
    EXPECT_EQ(ours.cores[i].thread, theirs.value().cores[i].thread);
    EXPECT_EQ(ours.cores[i].kind, theirs.value().cores[i].kind);
  }
}

TEST_P(Tree, IsPlannedFor) {
  const machine m = read_machine(tree_.root()).value();
  const auto l = read_limits(tree_.root(), m.cpus());
  ASSERT_TRUE(l.ok()) << l.error().message;
  const auto p = plan(m, l.value(), {});
  ASSERT_TRUE(p.ok()) << p.error().message;
  EXPECT_EQ(cores_of(p.value()), GetParam().plan);
  EXPECT_EQ(without_root(p.value().reason, tree_.root()), GetParam().reason);
}

INSTANTIATE_TEST_SUITE_P(All, Tree, ::testing::ValuesIn(cases),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace shoal::topology
