#include "topology/nic.h"

#include <gtest/gtest.h>

#include "support/tree_file.h"

namespace shoal::topology {
namespace {

using shoal::testing::fake_tree;
using shoal::testing::tree_description;

TEST(ReadNics, KnowsNodeQueuesAndWhereInterruptsGo) {
  fake_tree tree;
  write_tree(tree, tree_description("two_sockets"));
  const auto nics = read_nics(tree.root());
  ASSERT_TRUE(nics.ok()) << nics.error().message;
  ASSERT_EQ(nics.value().size(), 1U);
  const nic& found = nics.value().front();
  EXPECT_EQ(found.name, "ens1f0");
  EXPECT_EQ(found.driver, "mlx5_core");
  EXPECT_EQ(found.node, 1U);
  EXPECT_EQ(found.rx_queues, 8U);
  EXPECT_EQ(found.tx_queues, 8U);
  ASSERT_EQ(found.interrupts.size(), 8U);
  EXPECT_EQ(found.interrupts[3].number, 213U);
  EXPECT_EQ(found.interrupts[3].name, "ens1f0-TxRx-3");
  EXPECT_EQ(found.interrupts[3].queue, 3U);
  EXPECT_EQ(found.interrupts[3].cpus, (cpu_list{11}));
}

TEST(ReadNics, LooksBehindAVirtioDevice) {
  fake_tree tree;
  tree.write("sys/devices/pci/virtio2/vendor", "0x1af4\n");
  tree.write("sys/devices/pci/numa_node", "-1\n");
  tree.write("sys/devices/pci/msi_irqs/38", "msix\n");
  tree.write("sys/kernel/irq/38/actions", "virtio2-input.0\n");
  tree.write("proc/irq/38/effective_affinity_list", "\n");
  tree.write("proc/irq/38/smp_affinity_list", "0-1\n");
  tree.write("sys/class/net/eth0/queues/rx-0/rps_cpus", "0\n");
  tree.link("sys/class/net/eth0/device", "../../../devices/pci/virtio2");
  const auto nics = read_nics(tree.root());
  ASSERT_TRUE(nics.ok()) << nics.error().message;
  ASSERT_EQ(nics.value().size(), 1U);
  const nic& found = nics.value().front();
  EXPECT_EQ(found.node, std::nullopt);
  EXPECT_EQ(found.rx_queues, 1U);
  ASSERT_EQ(found.interrupts.size(), 1U);
  EXPECT_TRUE(found.interrupts[0].rx);
  EXPECT_FALSE(found.interrupts[0].tx);
  EXPECT_EQ(found.interrupts[0].cpus, (cpu_list{0, 1}));
}

TEST(ReadNics, LeavesOutWhatIsNoDevice) {
  fake_tree tree;
  EXPECT_TRUE(read_nics(tree.root()).value().empty());
  tree.write("sys/class/net/lo/queues/rx-0/rps_cpus", "0\n");
  EXPECT_TRUE(read_nics(tree.root()).value().empty());
}

TEST(ReadNics, NamesTheFileThatIsWrong) {
  for (const std::string path :
       {"sys/class/net/ens1f0/device/numa_node", "proc/irq/211/effective_affinity_list"}) {
    fake_tree tree;
    write_tree(tree, tree_description("two_sockets"));
    tree.write(path, "-7");
    const auto nics = read_nics(tree.root());
    ASSERT_FALSE(nics.ok()) << path;
    EXPECT_NE(nics.error().message.find(path), std::string::npos) << nics.error().message;
  }
}

TEST(TellQueue, KnowsWhatDriversWrite) {
  struct name_case {
    const char* name;
    const char* says;
  };
  for (const auto& [name, says] :
       {name_case{"eth0-TxRx-3", "rt3"}, name_case{"i40e-ens1-TxRx-11", "rt11"},
        name_case{"ens5-Tx-Rx-1", "rt1"}, name_case{"mlx5_comp7@pci:0000:3b:00.0", "rt7"},
        name_case{"virtio0-input.2", "r2"}, name_case{"virtio0-output.2", "t2"},
        name_case{"eth0-rx-4", "r4"}, name_case{"eth0-tx-0", "t0"},
        name_case{"mlx5_async0@pci:0000:3b:00.0", ""}, name_case{"virtio0-config", ""},
        name_case{"eth0", ""}, name_case{"", ""}}) {
    nic_interrupt one{.name = name};
    tell_queue(one);
    std::string told = (one.rx ? "r" : "") + std::string(one.tx ? "t" : "");
    if (!told.empty()) told += std::to_string(one.queue);
    EXPECT_EQ(told, says) << name;
  }
}

TEST(ReadNics, ReadsThisMachine) {
  const auto nics = read_nics("/");
  EXPECT_TRUE(nics.ok()) << nics.error().message;
}

}  // namespace
}  // namespace shoal::topology
