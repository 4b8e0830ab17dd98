#include "topology/machine.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ostream>

#include "base/random.h"
#include "support/topology_trees.h"
#include "topology/text.h"

namespace shoal::topology {
namespace {

using shoal::testing::fake_tree;
using shoal::testing::machine_shape;

machine must_read(const fake_tree& tree) {
  auto m = read_machine(tree.root());
  EXPECT_TRUE(m.ok()) << (m ? "" : m.error().message);
  return m ? std::move(m).value() : machine{};
}

struct machine_case {
  const char* name;
  machine_shape shape;
  std::vector<cpu_list> node_cpus;
  std::vector<unsigned> packages;  ///< of each node's first core

  friend void PrintTo(const machine_case& c, std::ostream* out) { *out << c.name; }
};

class Machine : public ::testing::TestWithParam<machine_case> {};

TEST_P(Machine, IsReadAsItIs) {
  const machine_case& expected = GetParam();
  fake_tree tree;
  write_machine(tree, expected.shape);
  const machine m = must_read(tree);
  ASSERT_EQ(m.nodes.size(), expected.node_cpus.size());
  for (std::size_t i = 0; i < m.nodes.size(); ++i) {
    EXPECT_EQ(m.nodes[i].id, i);
    EXPECT_EQ(m.nodes[i].cpus, expected.node_cpus[i]);
    EXPECT_EQ(m.nodes[i].memory_bytes, expected.shape.node_memory_kib * 1024);
    for (const core& c : m.cores) {
      if (c.id == m.nodes[i].cpus.front()) {
        EXPECT_EQ(c.package, expected.packages[i]);
      }
      if (contains(m.nodes[i].cpus, c.id)) {
        EXPECT_EQ(c.node, i);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, Machine,
    ::testing::Values(
        machine_case{"OneSocket", {.cores_per_node = 4}, {{0, 1, 2, 3}}, {0}},
        machine_case{"OneCore", {.cores_per_node = 1}, {{0}}, {0}},
        machine_case{"TwoSockets", {.sockets = 2, .cores_per_node = 2}, {{0, 1}, {2, 3}}, {0, 1}},
        machine_case{"TwoSocketsWithThreads",
                     {.sockets = 2, .cores_per_node = 2, .threads_per_core = 2},
                     {{0, 1, 4, 5}, {2, 3, 6, 7}},
                     {0, 1}},
        machine_case{"FourNodesInOneSocket",
                     {.nodes_per_socket = 4, .cores_per_node = 2},
                     {{0, 1}, {2, 3}, {4, 5}, {6, 7}},
                     {0, 0, 0, 0}},
        machine_case{"SubNumaClustersInTwoSockets",
                     {.sockets = 2, .nodes_per_socket = 2, .cores_per_node = 2},
                     {{0, 1}, {2, 3}, {4, 5}, {6, 7}},
                     {0, 0, 1, 1}}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(ReadMachine, KnowsThreadsAndCaches) {
  fake_tree tree;
  write_machine(tree, {.cores_per_node = 4, .threads_per_core = 2, .caches_per_node = 2});
  const machine m = must_read(tree);
  ASSERT_EQ(m.cores.size(), 8U);
  EXPECT_EQ(m.cores[1].thread, 0U);
  EXPECT_EQ(m.cores[5].thread, 1U);
  EXPECT_EQ(m.cores[1].physical, 1U);
  EXPECT_EQ(m.cores[5].physical, 1U);
  EXPECT_EQ(m.cores[1].llc, 0U);
  EXPECT_EQ(m.cores[3].llc, 2U);
  EXPECT_EQ(m.cores[7].llc, 2U);
}

TEST(ReadMachine, KnowsHowFarNodesAre) {
  fake_tree tree;
  write_machine(tree, {.sockets = 2, .cores_per_node = 1});
  EXPECT_TRUE(must_read(tree).nodes[0].distances.empty());
  tree.write("sys/devices/system/node/node0/distance", "10 21\n");
  tree.write("sys/devices/system/node/node1/distance", "21 10\n");
  const machine m = must_read(tree);
  EXPECT_EQ(m.nodes[0].distances, (std::vector<unsigned>{10, 21}));
  EXPECT_EQ(m.nodes[1].distances, (std::vector<unsigned>{21, 10}));
}

TEST(ReadMachine, CountsHugePagesOfEachSize) {
  fake_tree tree;
  write_machine(tree, {.cores_per_node = 1});
  for (const std::string pool : {"hugepages-1048576kB", "hugepages-2048kB"}) {
    const std::string directory = "sys/devices/system/node/node0/hugepages/" + pool;
    tree.write(directory + "/nr_hugepages", pool == "hugepages-2048kB" ? "512\n" : "2\n");
    tree.write(directory + "/free_hugepages", "1\n");
  }
  const auto pools = must_read(tree).nodes[0].huge_pages;
  ASSERT_EQ(pools.size(), 2U);
  EXPECT_EQ(pools[0].page_bytes, 2U << 20);
  EXPECT_EQ(pools[0].total, 512U);
  EXPECT_EQ(pools[0].free, 1U);
  EXPECT_EQ(pools[1].page_bytes, 1U << 30);
  EXPECT_EQ(pools[1].total, 2U);
}

/// "P", "E" or "-" for each core.
std::string kinds_of(const machine& m) {
  std::string text;
  for (const core& c : m.cores) text += "-PE"[static_cast<int>(c.kind)];
  return text;
}

TEST(ReadMachine, TellsFastCoresFromFrugalOnes) {
  fake_tree tree;
  write_machine(tree, {.cores_per_node = 4});
  EXPECT_EQ(kinds_of(must_read(tree)), "----");
  const auto set_capacities = [&](const std::vector<std::string>& capacities) {
    for (std::size_t i = 0; i < capacities.size(); ++i)
      tree.write("sys/devices/system/cpu/cpu" + std::to_string(i) + "/cpu_capacity", capacities[i]);
  };
  set_capacities({"1024\n", "1009\n", "1024\n", "990\n"});
  EXPECT_EQ(kinds_of(must_read(tree)), "----");
  set_capacities({"1024\n", "870\n", "446\n", "446\n"});
  EXPECT_EQ(kinds_of(must_read(tree)), "PPEE");
  tree.write("sys/devices/cpu_core/cpus", "0\n");
  tree.write("sys/devices/cpu_atom/cpus", "1-3\n");
  EXPECT_EQ(kinds_of(must_read(tree)), "PEEE");
}

TEST(ReadMachine, KeepsANodeThatHasMemoryAlone) {
  fake_tree tree;
  write_machine(tree, {.cores_per_node = 2});
  add_memory_only_node(tree, 1, 4096);
  const machine m = must_read(tree);
  ASSERT_EQ(m.nodes.size(), 2U);
  EXPECT_TRUE(m.nodes[1].cpus.empty());
  EXPECT_EQ(m.nodes[1].memory_bytes, 4096U * 1024);
}

TEST(ReadMachine, LeavesOfflineCoresOut) {
  fake_tree tree;
  const machine_shape shape{.sockets = 2, .cores_per_node = 2};
  write_machine(tree, shape);
  take_offline(tree, shape, {1, 2});
  tree.write("sys/devices/system/cpu/present", "0-3\n");
  const machine m = must_read(tree);
  EXPECT_EQ(m.offline, (cpu_list{1, 2}));
  EXPECT_EQ(m.cpus(), (cpu_list{0, 3}));
  EXPECT_EQ(m.nodes[0].cpus, (cpu_list{0}));
  EXPECT_EQ(m.nodes[1].cpus, (cpu_list{3}));
}

TEST(ReadMachine, DoesNotTrustANodeThatListsOfflineCores) {
  fake_tree tree;
  write_machine(tree, {.cores_per_node = 2});
  tree.write("sys/devices/system/node/node0/cpulist", "0-7\n");
  EXPECT_EQ(must_read(tree).nodes[0].cpus, (cpu_list{0, 1}));
}

TEST(ReadMachine, GivesOneNodeWhereTheKernelHasNone) {
  fake_tree tree;
  write_machine(tree, {.cores_per_node = 3});
  tree.remove("sys/devices/system/node");
  tree.write("proc/meminfo", "MemTotal:        2048 kB\nMemFree: 1 kB\n");
  const machine m = must_read(tree);
  ASSERT_EQ(m.nodes.size(), 1U);
  EXPECT_EQ(m.nodes[0].cpus, (cpu_list{0, 1, 2}));
  EXPECT_EQ(m.nodes[0].memory_bytes, 2048U * 1024);
}

TEST(ReadMachine, PutsACoreThatNoNodeNamesIntoTheFirst) {
  fake_tree tree;
  write_machine(tree, {.sockets = 2, .cores_per_node = 2});
  tree.write("sys/devices/system/node/node1/cpulist", "3\n");
  EXPECT_EQ(must_read(tree).nodes[0].cpus, (cpu_list{0, 1, 2}));
}

TEST(ReadMachine, NeedsOnlyTheListOfCores) {
  fake_tree tree;
  tree.write("sys/devices/system/cpu/online", "0-1\n");
  EXPECT_EQ(must_read(tree).cpus(), (cpu_list{0, 1}));
}

TEST(ReadMachine, NamesTheFileThatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"sys/devices/system/cpu/online", "zero"},
      {"sys/devices/system/cpu/online", ""},
      {"sys/devices/system/cpu/online", "0-4294967295"},
      {"sys/devices/system/cpu/cpu0/topology/physical_package_id", "\x01\x02"},
      {"sys/devices/system/cpu/cpu1/topology/thread_siblings_list", "1-0"},
      {"sys/devices/system/cpu/cpu1/cache/index1/level", "L3"},
      {"sys/devices/system/cpu/cpu1/cache/index1/shared_cpu_list", "0;1"},
      {"sys/devices/system/cpu/cpu1/cpu_capacity", "lots"},
      {"sys/devices/system/cpu/present", "0-x"},
      {"sys/devices/cpu_core/cpus", "P"},
      {"sys/devices/system/node/online", "0-"},
      {"sys/devices/system/node/node1/distance", "10"},
      {"sys/devices/system/node/node1/distance", "21 10 21"},
      {"sys/devices/system/node/node1/distance", "21 near"},
      {"sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages", "-1"},
      {"sys/devices/system/node/node1/cpulist", "99999999999999999999"},
      {"sys/devices/system/node/node1/cpulist", "0-1"},  // which node 0 has too
      {"sys/devices/system/node/node1/meminfo", "Node 1 MemFree: 12 kB\n"},
      {"sys/devices/system/node/node1/meminfo", "Node 1 MemTotal: many kB\n"},
  };
  for (const auto& [path, text] : wrong) {
    fake_tree tree;
    write_machine(tree, {.sockets = 2, .cores_per_node = 2});
    tree.write("sys/devices/system/cpu/cpu0/cpu_capacity", "1024\n");
    tree.write(path, text);
    const auto m = read_machine(tree.root());
    ASSERT_FALSE(m.ok()) << path << ": " << text;
    EXPECT_NE(m.error().message.find(path), std::string::npos) << m.error().message;
  }
}

TEST(ReadMachine, SaysWhatIsMissing) {
  fake_tree tree;
  const auto m = read_machine(tree.root());
  ASSERT_FALSE(m.ok());
  EXPECT_EQ(m.error().message,
            tree.root() + "/sys/devices/system/cpu/online: No such file or directory");
}

TEST(ReadMachine, SurvivesRandomBytesInAnyFile) {
  const char* given = std::getenv("SHOAL_SEED");
  const std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : draw_seed();
  SCOPED_TRACE("SHOAL_SEED=" + std::to_string(seed));
  random_source random(seed);
  const std::vector<std::string> paths = {
      "sys/devices/system/cpu/online",         "sys/devices/system/cpu/cpu0/cache/index1/level",
      "sys/devices/system/node/online",        "sys/devices/system/node/node0/cpulist",
      "sys/devices/system/node/node0/meminfo",
  };
  constexpr std::string_view alphabet = "0123456789-,\n: kBMemTotal\xff";
  fake_tree tree;
  write_machine(tree, {.cores_per_node = 2});
  for (int round = 0; round < 500; ++round) {
    const std::string& path = paths[random.below(paths.size())];
    const std::string sound = read_text(tree.root() + "/" + path).value();
    std::string text;
    for (auto length = random.below(24); length > 0; --length)
      text += alphabet[random.below(alphabet.size())];
    tree.write(path, text);
    const auto m = read_machine(tree.root());
    tree.write(path, sound);
    if (m) {
      EXPECT_FALSE(m.value().cores.empty());
      EXPECT_FALSE(m.value().nodes.empty());
    }
  }
}

TEST(ReadMachine, ReadsThisMachine) {
  const auto m = read_machine("/");
  ASSERT_TRUE(m.ok()) << m.error().message;
  EXPECT_FALSE(m.value().cores.empty());
}

}  // namespace
}  // namespace shoal::topology
