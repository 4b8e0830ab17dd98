#include "topology/placement.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ostream>
#include <set>
#include <tuple>

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

/// Two performance cores with two threads each, then four efficiency cores; one cache.
machine hybrid() {
  machine m;
  for (unsigned id = 0; id < 8; ++id) {
    const bool fast = id < 4;
    m.cores.push_back({.id = id, .thread = fast ? id % 2 : 0, .physical = fast ? id / 2 * 2 : id});
  }
  m.nodes = {{0, m.cpus(), 1 << 20}};
  return m;
}

/// Four nodes in a square: the farthest is the one across.
machine square() {
  machine m = make({.sockets = 4, .cores_per_node = 1});
  m.nodes[0].distances = {10, 20, 30, 20};
  m.nodes[1].distances = {20, 10, 20, 30};
  m.nodes[2].distances = {30, 20, 10, 20};
  m.nodes[3].distances = {20, 30, 20, 10};
  return m;
}

/// Memory of each process, as "preferred NUMA node 0 | default".
std::string memory_of(const placement& p) {
  std::string text;
  for (const node_place& process : p.processes)
    text += (text.empty() ? "" : " | ") + process.memory.show();
  return text;
}

unit_choice unit_named(const char* name) { return parse_unit(name).value(); }

const machine_shape two_caches_each{.sockets = 2, .cores_per_node = 4, .caches_per_node = 2};
const machine_shape sub_numa{.sockets = 2, .nodes_per_socket = 2, .cores_per_node = 2};
const machine_shape threaded{.sockets = 2, .cores_per_node = 2, .threads_per_core = 2};

struct unit_case {
  const char* name;
  machine on;
  limits limit;  ///< an empty affinity means all
  wish wanted;
  const char* cores;
  const char* memory;
};

TEST(PlanOfUnits, PutsWorkersAndMemoryWhereTheWishSays) {
  const machine one = make(eight);
  const machine two = make(two_by_four);
  const machine caches = make(two_caches_each);
  const machine halves = make(sub_numa);
  const machine smt = make(threaded);
  const limits few{.quota_cores = 2, .quota_file = "/q"};
  using enum arrangement;
  const unit_case cases[] = {
      {"llc",
       caches,
       {},
       {.unit = unit_named("llc")},
       "0 1 | 2 3 | 4 5 | 6 7",
       "preferred NUMA node 0 | preferred NUMA node 0 | preferred NUMA node 1 | "
       "preferred NUMA node 1"},
      {"socket of two nodes",
       halves,
       {},
       {.unit = unit_named("package")},
       "0 1 2 3 | 4 5 6 7",
       "default | default"},
      {"socket, bound",
       halves,
       {},
       {.unit = unit_named("package"), .memory = memory_policy::bind},
       "0 1 2 3 | 4 5 6 7",
       "bind to NUMA nodes 0-1 | bind to NUMA nodes 2-3"},
      {"groups",
       two,
       {},
       {.unit = unit_named("core-group:3")},
       "0 1 2 | 3 | 4 5 6 | 7",
       "preferred NUMA node 0 | preferred NUMA node 0 | preferred NUMA node 1 | "
       "preferred NUMA node 1"},
      {"groups of whole cores",
       smt,
       {},
       {.workers = 1, .unit = unit_named("core-group:2")},
       "0 | 1 | 2 | 3",
       "preferred NUMA node 0 | preferred NUMA node 0 | preferred NUMA node 1 | "
       "preferred NUMA node 1"},
      {"none", two, {}, {.unit = unit_named("none")}, "0 1 2 3 4 5 6 7", "default"},
      {"none, packed",
       two,
       {},
       {.workers = 3, .unit = unit_named("none"), .how = pack},
       "0 1 2",
       "default"},
      {"none, packed with threads",
       smt,
       {},
       {.workers = 5, .unit = unit_named("none"), .how = pack},
       "0 1 4 5 2",
       "default"},
      {"none, spread",
       two,
       {},
       {.workers = 3, .unit = unit_named("none"), .how = spread},
       "0 4 1",
       "default"},
      {"a quota is packed",
       two,
       {.quota_cores = 5, .quota_file = "/q"},
       {.how = pack},
       "0* 1* 2* 3* | 4*",
       "preferred NUMA node 0 | preferred NUMA node 1"},
      {"a quota is spread",
       two,
       few,
       {.how = spread},
       "0* | 4*",
       "preferred NUMA node 0 | preferred NUMA node 1"},
      {"a quota is local", two, few, {}, "0* 1*", "preferred NUMA node 0"},
      {"processes are packed",
       two,
       {},
       {.nodes = 2, .workers = 2, .how = pack},
       "0 2 | 1 3",
       "preferred NUMA node 0 | preferred NUMA node 0"},
      {"as many as units are packed",
       two,
       {},
       {.workers = 1, .how = pack},
       "0 | 1",
       "preferred NUMA node 0 | preferred NUMA node 0"},
      {"caches far apart first",
       caches,
       {},
       {.nodes = 2, .unit = unit_named("llc"), .how = spread},
       "0 1 | 4 5",
       "preferred NUMA node 0 | preferred NUMA node 1"},
      {"caches near each other first",
       caches,
       {},
       {.nodes = 2, .unit = unit_named("llc")},
       "0 1 | 2 3",
       "preferred NUMA node 0 | preferred NUMA node 0"},
      {"remote",
       two,
       {},
       {.workers = 1, .how = remote},
       "0 | 4",
       "bind to NUMA node 1 | bind to NUMA node 0"},
      {"remote, by distance",
       square(),
       {},
       {.how = remote, .memory = memory_policy::preferred},
       "0 | 1 | 2 | 3",
       "preferred NUMA node 2 | preferred NUMA node 3 | preferred NUMA node 0 | "
       "preferred NUMA node 1"},
      {"interleave",
       two,
       {},
       {.workers = 1, .how = interleave},
       "0 | 4",
       "interleave over NUMA nodes 0-1 | interleave over NUMA nodes 0-1"},
      {"interleave by weight",
       two,
       {},
       {.nodes = 1, .workers = 1, .how = interleave, .memory = memory_policy::weighted},
       "0",
       "weighted over NUMA nodes 0-1"},
      {"memory alone is interleaved",
       two,
       {},
       {.nodes = 1, .workers = 1, .memory = memory_policy::interleave},
       "0",
       "interleave over NUMA nodes 0-1"},
      {"bind",
       two,
       {},
       {.workers = 1, .memory = memory_policy::bind},
       "0 | 4",
       "bind to NUMA node 0 | bind to NUMA node 1"},
      {"the kernel's default",
       two,
       {},
       {.workers = 1, .memory = memory_policy::local},
       "0 | 4",
       "default | default"},
      {"one thread of each",
       smt,
       {},
       {.threads_per_core = 1},
       "0 1 | 2 3",
       "preferred NUMA node 0 | preferred NUMA node 1"},
      {"one usable thread of each",
       smt,
       {.affinity = {1, 4, 5}},
       {.threads_per_core = 1},
       "1 4",
       "preferred NUMA node 0"},
      {"hybrid", hybrid(), {}, {}, "0 2 4 5 6 7 1 3", "preferred NUMA node 0"},
      {"hybrid, one thread of each",
       hybrid(),
       {},
       {.threads_per_core = 1},
       "0 2 4 5 6 7",
       "preferred NUMA node 0"},
      {"one node", one, {}, {.how = pack}, "0 1 2 3 4 5 6 7", "preferred NUMA node 0"}};
  for (const unit_case& c : cases) {
    SCOPED_TRACE(c.name);
    limits l = c.limit;
    if (l.affinity.empty()) l.affinity = c.on.cpus();
    const placement p = must_plan(c.on, l, c.wanted);
    EXPECT_EQ(cores_of(p), c.cores);
    EXPECT_EQ(memory_of(p), c.memory);
    EXPECT_TRUE(p.shortfalls.empty());
  }
}

TEST(PlanOfUnits, SaysWhatItMakesDoWithout) {
  machine memoryless = make({.sockets = 2, .cores_per_node = 1});
  memoryless.nodes[1].memory_bytes = 0;
  fake_tree tree;
  write_machine(tree, two_by_four);
  add_memory_only_node(tree, 2, 1 << 20);
  const machine with_cxl = read_machine(tree.root()).value();
  const machine one = make(eight);
  const std::tuple<machine, wish, std::string> cases[] = {
      {one, {.nodes = 3}, "3 node processes for 1 NUMA node: some share one"},
      {with_cxl,
       {.nodes = 3},
       "3 node processes for 2 NUMA nodes (NUMA node 2 has no usable core): some share one"},
      {one,
       {.how = arrangement::interleave},
       "memory interleave: there is one NUMA node with memory, and so nothing to interleave"},
      {memoryless,
       {.memory = memory_policy::bind},
       "NUMA node 1 has no memory of its own: its process's memory lies on node 0, the nearest "
       "that has"}};
  for (const auto& [on, wanted, text] : cases) {
    const placement p = must_plan(on, free_use(on), wanted);
    EXPECT_EQ(p.shortfalls, std::vector<std::string>{text});
  }
  EXPECT_EQ(memory_of(must_plan(memoryless, free_use(memoryless), {})),
            "preferred NUMA node 0 | default");
  EXPECT_EQ(memory_of(must_plan(with_cxl, free_use(with_cxl),
                                {.how = arrangement::interleave, .threads_per_core = 1})),
            "interleave over NUMA nodes 0-2 | interleave over NUMA nodes 0-2");
}

TEST(PlanOfUnits, RefusesWhatDoesNotFitTogether) {
  const machine one = make(eight);
  const machine halves = make(sub_numa);
  const std::tuple<machine, wish, std::string> cases[] = {
      {halves, {.nodes = 2, .unit = unit_named("none")}, "nodes must be 1 or auto, not 2"},
      {halves,
       {.how = arrangement::interleave, .memory = memory_policy::bind},
       "memory must be auto, interleave or weighted, not bind"},
      {halves,
       {.how = arrangement::remote, .memory = memory_policy::weighted},
       "memory must be auto, bind or preferred, not weighted"},
      {halves,
       {.how = arrangement::remote, .memory = memory_policy::local},
       "memory must be auto, bind or preferred, not default"},
      {one, {.how = arrangement::remote}, "no other NUMA node than 0 has memory"},
      {halves,
       {.unit = unit_named("package"), .how = arrangement::remote},
       "with unit package they span several: take unit numa"}};
  for (const auto& [on, wanted, why] : cases) {
    const auto p = plan(on, free_use(on), wanted);
    ASSERT_FALSE(p.ok()) << why;
    EXPECT_NE(p.error().message.find(why), std::string::npos) << p.error().message;
  }
}

TEST(PlanOfUnits, NamesWhatDecides) {
  const machine smt = make(threaded);
  EXPECT_EQ(must_plan(smt, free_use(smt), {.threads_per_core = 1}).reason,
            "4 workers: threads-per-core leaves 4 of 8 cores");
  const machine caches = make(two_caches_each);
  const wish one_cache{.nodes = 1, .unit = unit_named("llc"), .how = arrangement::spread};
  EXPECT_EQ(must_plan(caches, free_use(caches), one_cache).reason,
            "2 workers: one for each of 8 cores; on 1 of 4 last-level caches; placement spread");
  const wish crowded{.workers = 3, .unit = unit_named("llc")};
  EXPECT_EQ(must_plan(caches, free_use(caches), crowded).warnings.front(),
            "3 workers share 2 cores of last-level cache 0: a worker may wait while another runs");
}

TEST(PlanOfUnits, KnowsWhetherWorkersLiveOnSeveralNodes) {
  const machine two = make(two_by_four);
  EXPECT_TRUE(must_plan(two, free_use(two), {.unit = unit_named("none")}).spans_nodes());
  EXPECT_FALSE(
      must_plan(two, free_use(two), {.workers = 2, .how = arrangement::pack}).spans_nodes());
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
    w.how = static_cast<arrangement>(random.below(3));
    if (random.one_in(2))
      w.unit = {unit_kind::core_group, 1 + static_cast<unsigned>(random.below(5))};
    w.threads_per_core = static_cast<unsigned>(random.below(3));
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
