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
  process 0 on node 1: workers 0-2 anywhere on cores 8-11
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
            HasSubstr(R"({"worker":2,"core":10,"pinned":false}]}]}})")));
}

TEST(TopoJson, HasNetworks) {
  EXPECT_THAT(to_json(view_of("two_sockets")),
              HasSubstr(R"({"number":211,"name":"ens1f0-TxRx-1","cpus":[9],"rx":true,"tx":true,)"
                        R"("queue":1})"));
}

}  // namespace
}  // namespace shoal::tool
