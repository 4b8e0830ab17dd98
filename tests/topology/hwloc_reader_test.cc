#include "topology/hwloc_reader.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "support/tree_file.h"

namespace shoal::topology {
namespace {

using shoal::testing::fake_tree;

TEST(Synthetic, IsTheMachineThatItDescribes) {
  const auto read = read_synthetic("numa:4 core:8 pu:2");
  ASSERT_TRUE(read.ok()) << read.error().message;
  const machine& m = read.value();
  ASSERT_EQ(m.nodes.size(), 4U);
  ASSERT_EQ(m.cores.size(), 64U);
  EXPECT_EQ(format_cpu_list(m.nodes[2].cpus), "32-47");
  EXPECT_GT(m.nodes[2].memory_bytes, 0U);
  EXPECT_EQ(m.cores[35].node, 2U);
  EXPECT_EQ(m.cores[35].physical, 34U);
  EXPECT_EQ(m.cores[35].thread, 1U);
}

TEST(Synthetic, KnowsPackagesCachesAndMemory) {
  const auto read = read_synthetic("package:2 [numa(memory=1073741824)] l3:2 core:2 pu:1");
  ASSERT_TRUE(read.ok()) << read.error().message;
  const machine& m = read.value();
  EXPECT_EQ(m.nodes[1].memory_bytes, 1U << 30);
  EXPECT_EQ(m.cores[5].package, 1U);
  EXPECT_EQ(m.cores[3].llc, 2U);
}

TEST(Synthetic, SaysWhatIsNone) {
  for (const char* const text : {"", "numa:x", "cores everywhere", "numa:0 core:2", "pu:-1"}) {
    const auto read = read_synthetic(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_NE(read.error().message.find('"' + std::string(text) + '"'), std::string::npos)
        << read.error().message;
  }
}

TEST(Synthetic, IsNotMadeWhereItIsTooLarge) {
  for (const char* const text : {"numa:2 core:4096 pu:2", "core:4000000000", "16 1024 2",
                                 "core:99999999999999999999 pu:1", "numa:2(memory=1) core:8192"}) {
    const auto read = read_synthetic(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_NE(read.error().message.find("more than 8192 cores"), std::string::npos)
        << read.error().message;
  }
}

TEST(HwlocXml, NamesTheFileThatIsWrong) {
  fake_tree tree;
  tree.write("machine.xml", "<topology><object type=\"PU\"");
  for (const char* const name : {"/machine.xml", "/nothing.xml"}) {
    const auto read = read_hwloc_xml(tree.root() + name);
    ASSERT_FALSE(read.ok());
    EXPECT_NE(read.error().message.find(tree.root() + name), std::string::npos)
        << read.error().message;
  }
}

TEST(HwlocXml, IsReadAsItIs) {
  fake_tree tree;
  tree.write("machine.xml", R"(<?xml version="1.0" encoding="UTF-8"?>
<topology version="2.0">
 <object type="Machine" os_index="0" cpuset="0x3" complete_cpuset="0x3" allowed_cpuset="0x3" nodeset="0x1" complete_nodeset="0x1" allowed_nodeset="0x1">
  <object type="NUMANode" os_index="0" cpuset="0x3" complete_cpuset="0x3" nodeset="0x1" complete_nodeset="0x1" local_memory="4096"/>
  <object type="Core" os_index="0" cpuset="0x3" complete_cpuset="0x3" nodeset="0x1" complete_nodeset="0x1">
   <object type="PU" os_index="0" cpuset="0x1" complete_cpuset="0x1" nodeset="0x1" complete_nodeset="0x1"/>
   <object type="PU" os_index="1" cpuset="0x2" complete_cpuset="0x2" nodeset="0x1" complete_nodeset="0x1"/>
  </object>
 </object>
</topology>
)");
  const auto read = read_hwloc_xml(tree.root() + "/machine.xml");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read.value().cpus(), (cpu_list{0, 1}));
  EXPECT_EQ(read.value().cores[1].physical, 0U);
  EXPECT_EQ(read.value().nodes[0].memory_bytes, 4096U);
}

TEST(TreeWithHwloc, LeavesTheEnvironmentAsItWas) {
  fake_tree tree;
  write_tree(tree, "cache 0 0-1\nnode 0 64 0-1 10\n");
  ::setenv("HWLOC_COMPONENTS", "-pci", 1);
  EXPECT_TRUE(read_tree_with_hwloc(tree.root()).ok());
  EXPECT_STREQ(std::getenv("HWLOC_COMPONENTS"), "-pci");
  EXPECT_EQ(std::getenv("HWLOC_FSROOT"), nullptr);
  ::unsetenv("HWLOC_COMPONENTS");
}

}  // namespace
}  // namespace shoal::topology
