#include "doctor_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/topology_trees.h"

namespace shoal::tool {
namespace {

using shoal::testing::fake_tree;
using ::testing::ElementsAre;

/// Of two cores, and nothing else said of the machine.
class DoctorFacts : public ::testing::Test {
 protected:
  DoctorFacts() { write_machine(tree, {.cores_per_node = 2}); }

  [[nodiscard]] machine_facts read() const { return read_facts(tree.root()).value(); }

  fake_tree tree;
};

TEST_F(DoctorFacts, SayNothingThatTheTreeDoesNot) {
  const auto facts = read();
  EXPECT_EQ(facts.machine.cores.size(), 2U);
  EXPECT_EQ(facts.limits.affinity, (topology::cpu_list{0, 1}));
  EXPECT_FALSE(facts.somaxconn || facts.syncookies || facts.outgoing_ports || facts.descriptors);
  EXPECT_FALSE(facts.capabilities || facts.tasks || facts.memory);
  EXPECT_EQ(facts.kernel + facts.clock + facts.dies_as_one, "");
  EXPECT_TRUE(facts.frequencies.empty());
}

TEST_F(DoctorFacts, AreThoseOfTheProcess) {
  tree.write("proc/self/status",
             "Name:\tshoal\nCapInh:\t0000000000000000\nCapEff:\t0000000000000400\n"
             "Cpus_allowed_list:\t1\n");
  tree.write("proc/self/limits",
             "Limit                     Soft Limit           Hard Limit           Units     \n"
             "Max processes             95899                95899                processes \n"
             "Max open files            1024                 524288               files     \n");
  const auto facts = read();
  EXPECT_EQ(facts.capabilities, 0x400U);
  EXPECT_EQ(facts.descriptors, 524'288U);
  EXPECT_EQ(facts.limits.affinity, topology::cpu_list{1});
}

TEST_F(DoctorFacts, AreThoseOfTheKernel) {
  tree.write("proc/sys/kernel/osrelease", "6.1.0-13-amd64\n");
  tree.write("proc/sys/net/core/somaxconn", "128\n");
  tree.write("proc/sys/net/ipv4/tcp_syncookies", "0\n");
  tree.write("proc/sys/net/ipv4/tcp_max_syn_backlog", "512\n");
  tree.write("proc/sys/net/ipv4/ip_unprivileged_port_start", "1024\n");
  tree.write("proc/sys/net/ipv4/ip_local_port_range", "32768\t60999\n");
  tree.write("proc/sys/net/ipv4/ip_local_reserved_ports", "8080,9000-9010\n");
  const auto facts = read();
  EXPECT_EQ(facts.kernel, "6.1.0-13-amd64");
  EXPECT_EQ(facts.somaxconn, 128U);
  EXPECT_EQ(facts.syncookies, 0U);
  EXPECT_EQ(facts.max_syn_backlog, 512U);
  EXPECT_EQ(facts.first_free_port, 1024U);
  EXPECT_EQ(facts.outgoing_ports->first, 32'768U);
  EXPECT_EQ(facts.outgoing_ports->last, 60'999U);
  EXPECT_EQ(facts.reserved_ports, "8080,9000-9010");
}

TEST_F(DoctorFacts, TakeTheNarrowestLimitOfTheCgroupAndThoseAboveIt) {
  join_cgroup(tree, "/pod/app");
  tree.write("sys/fs/cgroup/pod/app/memory.max", "max\n");
  tree.write("sys/fs/cgroup/pod/memory.max", "1073741824\n");
  tree.write("sys/fs/cgroup/pod/app/pids.max", "100\n");
  tree.write("sys/fs/cgroup/pod/pids.max", "4096\n");
  tree.write("sys/fs/cgroup/pod/app/memory.oom.group", "0\n");
  tree.write("sys/fs/cgroup/pod/memory.oom.group", "1\n");
  const auto facts = read();
  EXPECT_EQ(facts.memory->amount, 1U << 30);
  EXPECT_EQ(facts.memory->file, tree.root() + "/sys/fs/cgroup/pod/memory.max");
  EXPECT_EQ(facts.tasks->amount, 100U);
  EXPECT_EQ(facts.dies_as_one, tree.root() + "/sys/fs/cgroup/pod/memory.oom.group");
}

TEST_F(DoctorFacts, PutCoresTogetherThatAreGovernedAlike) {
  for (const char* cpu : {"cpu0", "cpu1"}) {
    const auto directory = std::string("sys/devices/system/cpu/") + cpu + "/cpufreq/";
    tree.write(directory + "scaling_driver", "acpi-cpufreq\n");
    tree.write(directory + "scaling_governor", "powersave\n");
  }
  tree.write("sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n");
  tree.write("sys/devices/system/clocksource/clocksource0/available_clocksource", "hpet tsc \n");
  auto facts = read();
  ASSERT_EQ(facts.frequencies.size(), 1U);
  EXPECT_EQ(facts.frequencies[0].cpus, (topology::cpu_list{0, 1}));
  EXPECT_EQ(facts.frequencies[0].driver, "acpi-cpufreq");
  EXPECT_EQ(facts.clock, "hpet");
  EXPECT_THAT(facts.clocks, ElementsAre("hpet", "tsc"));
  tree.write("sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "performance\n");
  facts = read();
  ASSERT_EQ(facts.frequencies.size(), 2U);
  EXPECT_EQ(facts.frequencies[1].governor, "performance");
}

TEST_F(DoctorFacts, AreNoneOfAMachineThatIsNotDescribed) {
  const fake_tree empty;
  const auto facts = read_facts(empty.root());
  ASSERT_FALSE(facts);
  EXPECT_NE(facts.error().message.find(empty.root()), std::string::npos);
}

}  // namespace
}  // namespace shoal::tool
