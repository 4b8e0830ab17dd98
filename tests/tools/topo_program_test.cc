// `shoal topo` from outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.h"
#include "support/topology_trees.h"

namespace shoal::tool {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ShoalTopo, DrawsThisMachine) {
  const auto seen = run("topo");
  EXPECT_EQ(seen.exit_code, 0) << seen.text;
  EXPECT_THAT(seen.text, AllOf(HasSubstr(" node 0, "), HasSubstr("process 0 on node ")));
}

TEST(ShoalTopo, DrawsAMachineThatIsDescribed) {
  const auto seen = run("topo --topology 'numa:4 core:8 pu:2' --nodes 2 --workers 3");
  EXPECT_EQ(seen.exit_code, 0) << seen.text;
  EXPECT_THAT(seen.text,
              AllOf(HasSubstr("4 NUMA nodes, "), HasSubstr("32 physical cores, 64 threads"),
                    HasSubstr("6 workers: 3 in each of 2 node processes, as asked"),
                    HasSubstr("process 1 on node 1: workers 3-5 pinned to cores 16")));
}

TEST(ShoalTopo, TakesWhatAServerTakesToPlaceItsProcesses) {
  const auto seen =
      run("topo --topology 'numa:2 core:4 pu:2' --unit core-group:4 --placement interleave "
          "--memory weighted --threads-per-core 1 --nodes auto --workers auto",
          "COLUMNS=200 ");
  EXPECT_EQ(seen.exit_code, 0) << seen.text;
  EXPECT_THAT(seen.text, HasSubstr("process 1 on a core group, node 1: workers 4-7 pinned to cores "
                                   "8,10,12,14; memory weighted over NUMA nodes 0-1\n"));
}

TEST(ShoalTopo, KnowsTheLocaleAndTheWidth) {
  const auto plain = run("topo --topology pu:2", "LC_ALL=C COLUMNS=50 ");
  EXPECT_THAT(plain.text, AllOf(HasSubstr("+- node 0"), Not(HasSubstr("┌"))));
  EXPECT_THAT(run("topo --topology pu:2", "LC_ALL=C.UTF-8 ").text, HasSubstr("┌─ node 0"));
}

TEST(ShoalTopo, PrintsJsonThatOthersRead) {
  const auto seen =
      run("topo --topology 'package:2 core:2 pu:2' --json | python3 -c 'import json,sys; "
          "t = json.load(sys.stdin); print([n[\"workers\"] for n in t[\"nodes\"]])'");
  EXPECT_EQ(seen.text, "[[0, 1, 2, 3, 4, 5, 6, 7]]\n");
}

TEST(ShoalTopo, DrawsAPictureThatOthersRead) {
  const auto seen =
      run("topo --topology 'numa:3 pu:2' --svg | python3 -c 'import sys; "
          "from xml.dom.minidom import parse; d = parse(sys.stdin); "
          "print(len([r for r in d.getElementsByTagName(\"rect\") "
          "if r.getAttribute(\"class\") == \"panel\"]))'");
  EXPECT_EQ(seen.text, "3\n");
}

TEST(ShoalTopo, SaysWhatIsWrongAndEndsAccordingly) {
  testing::fake_tree tree;
  write_machine(tree, {.cores_per_node = 2});
  tree.write("sys/devices/system/node/node0/cpulist", "garbage\n");
  struct mistake {
    std::string arguments;
    int exit_code;
    std::string text;
  };
  for (const auto& [arguments, exit_code, text] :
       {mistake{"--root " + tree.root(), 1,
                "shoal: " + tree.root() +
                    "/sys/devices/system/node/node0/cpulist: not a list of numbers: \"garbage\"\n"},
        mistake{"--root /nonexistent", 1, "/nonexistent/sys/devices/system/cpu/online: No such"},
        mistake{"--topology numa:x", 1, "shoal: \"numa:x\" is no topology: "},
        mistake{"--topology nothing.xml", 1, "shoal: nothing.xml: No such file"},
        mistake{"--topology pu:2 --root /", 2, "try: shoal topo --help\n"},
        mistake{"--nodes 0", 2,
                "shoal: --nodes \"0\": must be a number, 1 or more, or auto\n"
                "try: shoal topo --help\n"},
        mistake{
            "--unit core --memory x --threads-per-core 3", 2,
            "shoal: --unit \"core\": must be numa, llc, package, core-group:N (N cores, 1 or "
            "more) or none\n--memory \"x\": must be auto, bind, preferred, interleave, weighted "
            "or default\n--threads-per-core \"3\": must be 1, 2 or all\n"
            "try: shoal topo --help\n"},
        mistake{"--placement interleave --memory bind", 2,
                "memory must be auto, interleave or weighted, not bind\n"},
        mistake{"--topology pu:2 --placement remote", 1,
                "no other NUMA node than 0 has memory; take placement local\n"},
        mistake{"--svg --json", 2, "try: shoal topo --help\n"}}) {
    const auto seen = run("topo " + arguments);
    EXPECT_EQ(seen.exit_code, exit_code) << arguments;
    EXPECT_THAT(seen.text, HasSubstr(text));
  }
}

}  // namespace
}  // namespace shoal::tool
