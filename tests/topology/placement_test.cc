#include "topology/placement.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ostream>
#include <set>

#include "base/random.h"
#include "support/topology_trees.h"

namespace shoal::topology {
namespace {

using shoal::testing::fake_tree;
using shoal::testing::machine_shape;

machine make(const machine_shape& shape) {
  fake_tree tree;
  write_machine(tree, shape);
  return read_machine(tree.root()).value();
}

limits free_use(const machine& m) { return {.affinity = m.cpus()}; }

limits quota(const machine& m, double cores) {
  limits l = free_use(m);
  l.quota_cores = cores;
  l.quota_file = "/q/cpu.max";
  return l;
}

placement must_plan(const machine& m, const limits& l, const wish& w) {
  auto p = plan(m, l, w);
  EXPECT_TRUE(p.ok()) << (p ? "" : p.error().message);
  return p ? std::move(p).value() : placement{};
}

/// The cores of each process, as "0 1 | 2 3".
std::string cores_of(const placement& p) {
  std::string text;
  for (const node_place& process : p.processes) {
    text += text.empty() ? "" : " |";
    for (const worker_place& w : process.workers)
      text += (text.empty() ? "" : " ") + std::to_string(w.core) + (w.pinned ? "" : "*");
  }
  return text;
}

struct plan_case {
  const char* name;
  machine_shape shape;
  limits limit;  ///< an empty affinity means all
  wish wanted;
  const char* cores;
  const char* reason;
  std::vector<std::string> warnings = {};

  friend void PrintTo(const plan_case& c, std::ostream* out) { *out << c.name; }
};

class Plan : public ::testing::TestWithParam<plan_case> {};

TEST_P(Plan, PutsEachWorkerOnItsCoreAndSaysWhy) {
  const plan_case& c = GetParam();
  const machine m = make(c.shape);
  limits l = c.limit;
  if (l.affinity.empty()) l.affinity = m.cpus();
  const placement p = must_plan(m, l, c.wanted);
  EXPECT_EQ(cores_of(p), c.cores);
  EXPECT_EQ(p.reason, c.reason);
  EXPECT_EQ(p.warnings, c.warnings);
}

const machine_shape eight{.cores_per_node = 8};
const machine_shape two_by_four{.sockets = 2, .cores_per_node = 4};

INSTANTIATE_TEST_SUITE_P(
    Cases, Plan,
    ::testing::Values(
        plan_case{
            "WholeMachine", eight, {}, {}, "0 1 2 3 4 5 6 7", "8 workers: one for each of 8 cores"},
        plan_case{"AffinityDecides",
                  eight,
                  {.affinity = {2, 5}},
                  {},
                  "2 5",
                  "2 workers: affinity mask allows 2 of 8 cores"},
        plan_case{"CpusetDecides",
                  eight,
                  {.cpuset = cpu_list{4, 5, 6}, .cpuset_file = "/c"},
                  {},
                  "4 5 6",
                  "3 workers: cpuset allows 3 of 8 cores (/c)"},
        plan_case{"TheTighterOfTwoDecides",
                  eight,
                  {.affinity = {5}, .cpuset = cpu_list{4, 5, 6}, .cpuset_file = "/c"},
                  {},
                  "5",
                  "1 worker: affinity mask allows 1 of 8 cores"},
        plan_case{"QuotaDecidesAndNobodyIsPinned",
                  eight,
                  {.quota_cores = 1.5, .quota_file = "/q"},
                  {},
                  "0* 1*",
                  "2 workers: CPU quota is 1.5 cores (/q)"},
        plan_case{"QuotaOfLessThanACore",
                  eight,
                  {.quota_cores = 0.2, .quota_file = "/q"},
                  {},
                  "0*",
                  "1 worker: CPU quota is 0.2 cores (/q)"},
        plan_case{"LooseQuotaDoesNotCount",
                  eight,
                  {.quota_cores = 64, .quota_file = "/q"},
                  {},
                  "0 1 2 3 4 5 6 7",
                  "8 workers: one for each of 8 cores"},
        plan_case{"OneProcessForEachNode",
                  two_by_four,
                  {},
                  {},
                  "0 1 2 3 | 4 5 6 7",
                  "8 workers: one for each of 8 cores"},
        plan_case{"SmallQuotaStaysOnOneNode",
                  two_by_four,
                  {.quota_cores = 3, .quota_file = "/q"},
                  {},
                  "0* 1* 2*",
                  "3 workers: CPU quota is 3 cores (/q); on 1 of 2 NUMA nodes"},
        plan_case{"LargeQuotaIsSpreadEvenly",
                  two_by_four,
                  {.quota_cores = 6, .quota_file = "/q"},
                  {},
                  "0* 1* 2* | 4* 5* 6*",
                  "6 workers: CPU quota is 6 cores (/q)"},
        plan_case{"NodesWithoutUsableCoresHaveNoProcess",
                  two_by_four,
                  {.affinity = {4, 6}},
                  {},
                  "4 6",
                  "2 workers: affinity mask allows 2 of 8 cores"},
        plan_case{"FewerProcessesThanNodes",
                  two_by_four,
                  {},
                  {.nodes = 1},
                  "0 1 2 3",
                  "4 workers: one for each of 8 cores; on 1 of 2 NUMA nodes"},
        plan_case{"ProcessesShareOneNode",
                  eight,
                  {},
                  {.nodes = 2},
                  "0 2 4 6 | 1 3 5 7",
                  "8 workers: one for each of 8 cores"},
        plan_case{"UnevenShares",
                  {.cores_per_node = 3},
                  {},
                  {.nodes = 2},
                  "0 2 | 1",
                  "3 workers: one for each of 3 cores"},
        plan_case{"MoreProcessesThanCores",
                  {.cores_per_node = 2},
                  {},
                  {.nodes = 4},
                  "0 | 1 | 0 | 1",
                  "4 workers: at least one in each of 4 node processes",
                  {"4 workers share 2 cores: a worker may wait while another runs"}},
        plan_case{"WorkersAreForEachProcess",
                  {.cores_per_node = 2},
                  {},
                  {.nodes = 2, .workers = 2},
                  "0 0 | 1 1",
                  "4 workers: 2 in each of 2 node processes, as asked",
                  {"4 workers share 2 cores: a worker may wait while another runs"}},
        plan_case{"MoreWorkersThanCores",
                  {.cores_per_node = 2},
                  {},
                  {.workers = 3},
                  "0 1 0",
                  "3 workers: 3 in one node process, as asked",
                  {"3 workers share 2 cores: a worker may wait while another runs"}},
        plan_case{"FourProcessesOnTwoNodes",
                  two_by_four,
                  {},
                  {.nodes = 4},
                  "0 2 | 4 6 | 1 3 | 5 7",
                  "8 workers: one for each of 8 cores"},
        plan_case{"PhysicalCoresFirst",
                  {.cores_per_node = 2, .threads_per_core = 2},
                  {},
                  {.workers = 3},
                  "0 1 2",
                  "3 workers: 3 in one node process, as asked"},
        plan_case{"PhysicalCoresFirstUnderAMask",
                  {.cores_per_node = 4, .threads_per_core = 2},
                  {.affinity = {0, 1, 4, 5}},
                  {.workers = 2},
                  "0 1",
                  "2 workers: 2 in one node process, as asked"}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(PlanWithoutCores, SaysWhatAllowsWhat) {
  const machine m = make({.cores_per_node = 2});
  const auto p = plan(m, {.affinity = {0}, .cpuset = cpu_list{1}}, {});
  ASSERT_FALSE(p.ok());
  EXPECT_EQ(p.error().message,
            "no usable core: online are 0-1, the affinity mask allows 0, the cpuset 1");
}

TEST(PlanWithoutSense, IsRefused) {
  const machine m = make({.cores_per_node = 2});
  const std::vector<std::pair<wish, std::string>> refused = {
      {{.nodes = 0}, "0 nodes"},
      {{.workers = 0}, "0 workers"},
      {{.nodes = 5000}, "5000 workers: more than 4096"},
      {{.workers = 4097}, "4097 workers: more than 4096"},
      {{.nodes = 65, .workers = 64}, "4160 workers"},
      {{.nodes = 4294967295U, .workers = 4294967295U}, "workers: more than 4096"}};
  for (const auto& [wanted, why] : refused) {
    const auto p = plan(m, free_use(m), wanted);
    ASSERT_FALSE(p.ok()) << why;
    EXPECT_NE(p.error().message.find(why), std::string::npos) << p.error().message;
  }
}

TEST(PlanOnMemorylessNodes, SetsNoMemoryPolicy) {
  machine m = make({.sockets = 2, .cores_per_node = 1});
  m.nodes[1].memory_bytes = 0;
  const placement p = must_plan(m, free_use(m), {});
  EXPECT_TRUE(p.processes[0].memory_here);
  EXPECT_FALSE(p.processes[1].memory_here);
}

TEST(PlanOnAnything, UsesUsableCoresOnlyAndSpreadsThemEvenly) {
  const char* given = std::getenv("SHOAL_SEED");
  const std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : draw_seed();
  SCOPED_TRACE("SHOAL_SEED=" + std::to_string(seed));
  random_source random(seed);
  const std::vector<machine> machines = {make(eight), make(two_by_four),
                                         make({.sockets = 2, .nodes_per_socket = 2}),
                                         make({.cores_per_node = 3, .threads_per_core = 2})};
  for (int round = 0; round < 2000; ++round) {
    const machine& m = machines[random.below(machines.size())];
    limits l =
        random.one_in(2) ? quota(m, 0.5 * static_cast<double>(1 + random.below(20))) : free_use(m);
    cpu_list mask;
    for (const unsigned cpu : m.cpus()) {
      if (!random.one_in(3)) mask.push_back(cpu);
    }
    if (mask.empty()) continue;
    l.affinity = mask;
    wish w;
    if (random.one_in(2)) w.nodes = 1 + static_cast<unsigned>(random.below(9));
    if (random.one_in(2)) w.workers = 1 + static_cast<unsigned>(random.below(9));
    const placement p = must_plan(m, l, w);
    if (w.nodes) {
      EXPECT_EQ(p.processes.size(), *w.nodes);
    }
    std::set<unsigned> used;
    for (const node_place& process : p.processes) {
      EXPECT_FALSE(process.workers.empty());
      if (w.workers) {
        EXPECT_EQ(process.workers.size(), *w.workers);
      }
      for (const worker_place& worker : process.workers) {
        EXPECT_TRUE(contains(mask, worker.core));
        EXPECT_TRUE(contains(process.cpus, worker.core));
        used.insert(worker.core);
      }
    }
    if (!w.nodes && !w.workers) {
      EXPECT_EQ(used.size(), p.worker_count());
    }
  }
}

}  // namespace
}  // namespace shoal::topology
