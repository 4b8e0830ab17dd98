// What `shoal topo` draws of the machines in tests/topology/trees.
#include "topo_drawing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "support/tree_file.h"
#include "topo_json.h"
#include "topo_svg.h"

namespace shoal::tool {
namespace {

using shoal::testing::fake_tree;
using shoal::testing::tree_description;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// Paths of the tree are as those of this machine would be.
topo_view view_of(const std::string& name, const topology::wish& wish = {}) {
  fake_tree tree;
  write_tree(tree, tree_description(name));
  auto read = view_tree(tree.root(), wish);
  EXPECT_TRUE(read.ok()) << (read ? "" : read.error().message);
  if (!read) return {};
  topo_view view = std::move(read).value();
  view.source.clear();
  for (std::string* const text :
       {&view.plan.reason, &view.limits.quota_file, &view.limits.cpuset_file}) {
    if (const auto at = text->find(tree.root()); at != std::string::npos)
      text->erase(at, tree.root().size());
  }
  return view;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::size_t characters(const std::string& line) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

TEST(TopoDrawing, ShowsThreadsWorkersAndWhatIsSwitchedOff) {
  EXPECT_EQ(draw(view_of("offline_cores"), {.columns = 60}),
            R"(1 NUMA node, 1 package, 3 physical cores, 5 threads, 16 GiB;
  switched off: 3,6-7
┌─ node 0, 16 GiB ─────┐
│ [ 0  4] [ 1  5] [ 2] │
│  w0 w3   w1 w4   w2  │
└──────────────────────┘
[ ] threads of one core; w0 where worker 0 is pinned

5 workers: one for each of 5 cores
  process 0 on node 0: workers 0-4 pinned to cores 0-2,4-5
)");
}

TEST(TopoDrawing, ShowsLimitsDistancesAndWorkersWithoutCoresInAscii) {
  EXPECT_EQ(draw(view_of("container"), {.columns = 72, .utf8 = false}),
            R"(2 NUMA nodes, 2 packages, 16 cores, 64 GiB
+- node 0, package 0, 32 GiB ---------------------+
| cache 0 [ 0] [ 1] [ 2] [ 3] [ 4] [ 5] [ 6] [ 7] |
|           x    x    x    x    x    x    x    x  |
+-------------------------------------------------+
+- node 1, package 1, 32 GiB ---------------------+
| cache 8 [ 8] [ 9] [10] [11] [12] [13] [14] [15] |
|                               x    x    x    x  |
+-------------------------------------------------+
x not ours to use

distance   0   1
       0  10  20
       1  20  10

affinity mask allows cores 8-11
cpuset allows cores 8-11 (/sys/fs/cgroup/cpuset.cpus.effective)
CPU quota is 2.5 cores (/sys/fs/cgroup/cpu.max)
3 workers: CPU quota is 2.5 cores (/sys/fs/cgroup/cpu.max)
  process 0 on node 1: workers 0-2 anywhere on cores 8-11; memory
    preferred NUMA node 1
)");
}

class TopoOfTree : public ::testing::TestWithParam<const char*> {};

TEST_P(TopoOfTree, FitsAnyTerminal) {
  const auto view = view_of(GetParam());
  for (const std::size_t columns : {1U, 40U, 80U, 200U}) {
    for (const auto& line : lines_of(draw(view, {.columns = columns}))) {
      EXPECT_LE(characters(line), std::max<std::size_t>(columns, 40)) << line;
      EXPECT_FALSE(line.ends_with(' ')) << line;
    }
  }
  for (const char c : draw(view, {.utf8 = false})) EXPECT_LT(static_cast<unsigned char>(c), 0x80);
}

TEST_P(TopoOfTree, HasABoxForEachNodeAndAPlaceForEachWorker) {
  const auto view = view_of(GetParam());
  const auto text = draw(view, {.columns = 100, .utf8 = false});
  for (const auto& node : view.machine.nodes)
    EXPECT_THAT(text, HasSubstr("+- node " + std::to_string(node.id) + ", "));
  for (const auto& seat : seats_of(view.plan)) {
    const auto sign = " w" + std::to_string(seat.worker);
    EXPECT_EQ(text.find(sign + " ") != std::string::npos, seat.place.pinned) << sign;
  }
}

TEST_P(TopoOfTree, IsAPictureOfItsOwn) {
  const auto view = view_of(GetParam());
  const auto svg = to_svg(view);
  EXPECT_TRUE(svg.starts_with("<svg xmlns=")) << svg.substr(0, 40);
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
  EXPECT_THAT(svg,
              AllOf(HasSubstr("\n@media (prefers-color-scheme: dark) {\n"), Not(HasSubstr("nan"))));
  for (const auto& node : view.machine.nodes)
    EXPECT_THAT(svg, HasSubstr(">node " + std::to_string(node.id)));
  for (const auto& seat : seats_of(view.plan)) {
    const auto sign = ">w" + std::to_string(seat.worker) + "<";
    EXPECT_EQ(svg.find(sign) != std::string::npos, seat.place.pinned) << sign;
  }
}

INSTANTIATE_TEST_SUITE_P(All, TopoOfTree,
                         ::testing::Values("one_socket", "two_sockets", "epyc_nps1", "epyc_nps4",
                                           "xeon_snc2", "cxl_memory", "offline_cores", "hybrid",
                                           "arm_without_numa", "container"),
                         [](const auto& tested) { return std::string(tested.param); });

TEST(TopoDrawing, TellsFastCoresFromFrugalOnes) {
  EXPECT_THAT(draw(view_of("hybrid"), {.columns = 100}),
              AllOf(HasSubstr("10 physical cores (6 performance, 4 efficiency), 16 threads"),
                    HasSubstr("P[  0   1]"), HasSubstr("E[ 12]")));
}

TEST(TopoDrawing, SaysWhereInterruptsOfANetworkGo) {
  EXPECT_THAT(draw(view_of("two_sockets"), {.columns = 100}),
              AllOf(HasSubstr("network ens1f0 (mlx5_core) at node 1: 8 queues in, 8 out\n"),
                    HasSubstr("interrupts of queue 0: core 8, queue 1: core 9, ")));
}

TEST(TopoDrawing, MarksACoreThatWorkersShare) {
  const auto text = draw(view_of("offline_cores", {.workers = 6}), {});
  EXPECT_THAT(text, AllOf(HasSubstr("w0+"), HasSubstr("+ and others"), HasSubstr("warning: ")));
}

struct wished {
  const char* name;
  const char* tree;
  topology::wish wish;
  std::string process;  ///< its first words
  std::string line;     ///< what else the drawing says
  std::string json;
};

class TopoWish : public ::testing::TestWithParam<wished> {};

TEST_P(TopoWish, ShowsWhatComesOfIt) {
  const auto& asked = GetParam();
  const auto view = view_of(asked.tree, asked.wish);
  EXPECT_THAT(draw(view, {.columns = 200}),
              AllOf(HasSubstr("\n  " + asked.process + ": "), HasSubstr(asked.line + "\n")));
  EXPECT_THAT(to_svg(view), HasSubstr(">" + asked.process + ": "));
  EXPECT_THAT(to_json(view), HasSubstr(asked.json));
}

using topology::arrangement;
using topology::memory_policy;
using topology::unit_kind;

INSTANTIATE_TEST_SUITE_P(
    All, TopoWish,
    ::testing::Values(
        wished{"Caches",
               "epyc_nps1",
               {.unit = {unit_kind::llc}},
               "process 1 on cache 4, node 0",
               ": workers 8-15 pinned to cores 4-7,36-39",
               R"({"process":1,"unit":4,"node":0,"nodes":[0],)"
               R"("memory":{"policy":"preferred","nodes":[0]},"cpus":[4,5,6,7,36,37,38,39],)"},
        wished{"FirstThreads",
               "one_socket",
               {.threads_per_core = 1},
               "process 0 on node 0",
               "8 workers: threads-per-core leaves 8 of 16 cores",
               R"("cpus":[0,1,2,3,4,5,6,7],)"},
        wished{"Groups",
               "two_sockets",
               {.unit = {unit_kind::core_group, 8}},
               "process 2 on a core group, node 1",
               ": workers 16-23 pinned to cores 8-11,24-27; memory preferred NUMA node 1",
               R"({"process":2,"unit":null,"node":1,"nodes":[1],)"},
        wished{"Packages",
               "xeon_snc2",
               {.unit = {unit_kind::package}},
               "process 1 on package 1, nodes 2-3",
               "; memory default",
               R"({"process":1,"unit":1,"node":2,"nodes":[2,3],)"
               R"("memory":{"policy":"default","nodes":[]},)"},
        wished{"Remote",
               "two_sockets",
               {.how = arrangement::remote},
               "process 0 on node 0",
               ": workers 0-15 pinned to cores 0-7,16-23; memory bind to NUMA node 1",
               R"("plan":{"unit":"numa","placement":"remote",)"},
        wished{"Weighted",
               "cxl_memory",
               {.nodes = 3, .how = arrangement::interleave, .memory = memory_policy::weighted},
               "process 1 on node 1",
               "note: 3 node processes for 2 NUMA nodes (NUMA node 2 has no usable core): some "
               "share one",
               R"("memory":{"policy":"weighted","nodes":[0,1,2]},)"},
        wished{"WorkersOfOneProcessOnTwoNodes",
               "two_sockets",
               {.workers = 10, .unit = {unit_kind::none}},
               "process 0 on the machine, nodes 0-1",
               ": workers 0-9 pinned to cores 0-9; memory default",
               R"("workers":[8,9],"distances":[21,10])"}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(TopoJson, HasNodesWithTheirWorkers) {
  EXPECT_THAT(to_json(view_of("cxl_memory", {.workers = 2})),
              AllOf(HasSubstr(R"("nodes":[{"id":0,"cpus":[0,1,2,3],"memory_bytes":68719476736,)"
                              R"("workers":[0,1],"distances":[10,21,14],"huge_pages":[]},)"),
                    HasSubstr(R"({"id":2,"cpus":[],"memory_bytes":137438953472,"workers":[],)")));
}

TEST(TopoJson, HasLimitsAndPlan) {
  EXPECT_THAT(
      to_json(view_of("container")),
      AllOf(HasSubstr(R"("cpuset":[8,9,10,11],)"), HasSubstr(R"("quota_cores":2.5,)"),
            HasSubstr(R"("allowed":false})"),
            HasSubstr(R"x("reason":"3 workers: CPU quota is 2.5 cores (/sys/fs/cgroup/cpu.max)")x"),
            HasSubstr(R"({"worker":2,"core":10,"node":1,"pinned":false}]}]}})")));
}

TEST(TopoJson, HasNetworks) {
  EXPECT_THAT(to_json(view_of("two_sockets")),
              HasSubstr(R"({"number":211,"name":"ens1f0-TxRx-1","cpus":[9],"rx":true,"tx":true,)"
                        R"("queue":1})"));
}

}  // namespace
}  // namespace shoal::tool
