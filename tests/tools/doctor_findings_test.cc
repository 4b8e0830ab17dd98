#include "doctor_findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

namespace shoal::tool {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A machine on which nothing is left to wish for, and a server of two workers there.
struct patient {
  machine_facts facts;
  trial_results trials;
  options wanted;
  topology::placement placement;

  patient() {
    facts.machine.nodes = {{.id = 0, .cpus = {0, 1}, .memory_bytes = 1U << 30}};
    facts.machine.cores = {{.id = 0}, {.id = 1}};
    facts.kernel = "6.12.0";
    facts.somaxconn = 4096;
    facts.max_syn_backlog = 1024;
    facts.syncookies = 1;
    facts.first_free_port = 1024;
    facts.outgoing_ports = port_range{32'768, 60'999};
    facts.descriptors = 524'288;
    facts.capabilities = 0;
    facts.tasks = cgroup_limit{10'000, "pids.max"};
    facts.memory = cgroup_limit{std::uint64_t{8} << 30, "memory.max"};
    facts.clock = "tsc";
    facts.clocks = {"tsc", "hpet"};
    facts.frequencies = {{{0, 1}, "intel_pstate", "powersave"}};
    facts.control_directory = "/run/shoal";
    trials.dispatch = "ebpf, least-loaded";
    placement.reason = "2 workers: one for each of 2 cores";
    placement.processes = {{.cpus = {0, 1}, .workers = {{0}, {1}}}};
  }

  [[nodiscard]] findings judged() const { return judge({facts, trials, wanted, placement}); }

  /// All that is said with this name and is not ok.
  [[nodiscard]] findings complaints(std::string_view check) const {
    findings found = judged();
    std::erase_if(found,
                  [&](const finding& f) { return f.check != check || f.how == verdict::ok; });
    return found;
  }

  [[nodiscard]] finding complaint(std::string_view check) const {
    const auto found = complaints(check);
    EXPECT_EQ(found.size(), 1U) << check;
    return found.empty() ? finding{} : found.front();
  }
};

TEST(Doctor, HasNothingToSayOfAGoodMachine) {
  const auto all = patient().judged();
  EXPECT_GE(all.size(), 13U);
  for (const auto& f : all) {
    EXPECT_EQ(f.how, verdict::ok) << f.check << ": " << f.says;
    EXPECT_NE(f.says, "") << f.check;
    EXPECT_EQ(f.change, "") << f.check;
  }
}

TEST(Doctor, JudgesNothingThatTheMachineDoesNotTell) {
  patient p;
  p.facts = {.machine = p.facts.machine};
  p.facts.control_directory = "/run/shoal";
  for (const auto& f : p.judged()) EXPECT_EQ(f.how, verdict::ok) << f.check << ": " << f.says;
}

TEST(Doctor, TellsTheReasonForNoIoUringFromItsCure) {
  patient p;
  p.trials.uring = error{EPERM, "io_uring is denied by a seccomp filter; allow io_uring_setup"};
  auto f = p.complaint("io_uring");
  EXPECT_EQ(f.how, verdict::advice);
  EXPECT_EQ(f.says, "io_uring is denied by a seccomp filter: workers use epoll");
  EXPECT_EQ(f.change, "allow io_uring_setup");
  p.wanted.driver = "uring";
  f = p.complaint("io_uring");
  EXPECT_EQ(f.how, verdict::problem);
  EXPECT_THAT(f.says, HasSubstr("driver uring cannot start"));
  p.wanted.driver = "epoll";
  EXPECT_THAT(p.complaints("io_uring"), IsEmpty());
}

TEST(Doctor, SaysThatAFilterOfSystemCallsThatIsWantedCannotBeHad) {
  patient p;
  p.wanted.seccomp = "kill";
  EXPECT_THAT(p.complaints("seccomp"), IsEmpty());
  p.trials.seccomp = error{ENOSYS, "no filter can be put in place: a reason; allow seccomp"};
  const auto f = p.complaint("seccomp");
  EXPECT_EQ(f.how, verdict::problem);
  EXPECT_EQ(f.says, "no filter can be put in place: a reason");
  EXPECT_EQ(f.change, "allow seccomp");
}

TEST(Doctor, SaysWhoGivesConnectionsOutInstead) {
  patient p;
  p.trials.dispatch = "cbpf, least-loaded";
  p.trials.dispatch_reason = "not ebpf: not permitted; give it CAP_BPF";
  const auto f = p.complaint("dispatch");
  EXPECT_EQ(f.how, verdict::advice);
  EXPECT_THAT(f.says, HasSubstr("cbpf, least-loaded gives connections out"));
  EXPECT_EQ(f.change, "give it CAP_BPF");
  p.trials.dispatch_reason = "as asked for";
  EXPECT_THAT(p.complaints("dispatch"), IsEmpty());
  p.trials = {.dispatch_reason = "not permitted; give it CAP_BPF"};
  EXPECT_EQ(p.complaint("dispatch").how, verdict::problem);
}

TEST(Doctor, SaysWhatElseTheKernelRefuses) {
  patient p;
  p.trials.shared_memory = error{ENOSYS, "cannot create shared memory"};
  p.trials.pinning = error{EPERM, "cannot pin to core 0-1"};
  EXPECT_EQ(p.complaint("shared-memory").how, verdict::problem);
  EXPECT_EQ(p.complaint("pinning").how, verdict::advice);
}

TEST(Doctor, LooksAtMemoryPoliciesWhereThereAreNodes) {
  patient p;
  p.trials.memory_policy = error{EPERM, "cannot prefer the memory of NUMA node 0"};
  EXPECT_THAT(p.complaints("numa-memory"), IsEmpty());
  p.facts.machine.nodes.push_back({.id = 1});
  EXPECT_THAT(p.complaint("numa-memory").change, HasSubstr("SYS_NICE"));
}

TEST(Doctor, MissesAPlaceForTheControlSocketIfOneIsWanted) {
  patient p;
  p.facts.control_directory = "";
  EXPECT_THAT(p.complaint("control-socket").change, HasSubstr("/run/shoal"));
  p.wanted.control = "none";
  EXPECT_THAT(p.complaints("control-socket"), IsEmpty());
  p.wanted.control = "/tmp/a.sock";
  EXPECT_THAT(p.complaints("control-socket"), IsEmpty());
}

TEST(Doctor, CountsDescriptors) {
  patient p;
  p.facts.descriptors = 100;
  EXPECT_EQ(p.complaint("descriptors").how, verdict::problem) << "no server starts";
  p.facts.descriptors = 4096;
  EXPECT_EQ(p.complaint("descriptors").how, verdict::advice);
  EXPECT_THAT(p.complaint("descriptors").change, HasSubstr("LimitNOFILE=1048576"));
  p.wanted.max_connections = 1000;
  EXPECT_THAT(p.complaints("descriptors"), IsEmpty()) << "as asked for";
  p.wanted.max_connections = 3000;
  EXPECT_EQ(p.complaint("descriptors").how, verdict::problem);
}

TEST(Doctor, CountsThreadsOfTwoGenerations) {
  patient p;
  // 2 x (main, access log, 2 workers, 2 that compute, 64 that block) and the supervisor.
  p.facts.tasks->amount = 141;
  EXPECT_THAT(p.complaints("threads"), IsEmpty());
  p.facts.tasks->amount = 140;
  const auto f = p.complaint("threads");
  EXPECT_EQ(f.how, verdict::problem);
  EXPECT_THAT(f.says, HasSubstr("pids.max allows 140"));
  EXPECT_THAT(f.change, HasSubstr("TasksMax=141"));
}

TEST(Doctor, HoldsConnectionsAgainstMemory) {
  patient p;
  p.facts.memory->amount = std::uint64_t{256} << 20;
  const auto f = p.complaint("memory");
  EXPECT_EQ(f.how, verdict::advice);
  EXPECT_THAT(f.says, HasSubstr("memory.max allows 256 MiB"));
  EXPECT_THAT(f.change, HasSubstr("--max-total-connections 33169"));
  p.wanted.max_total_connections = 33'169;
  EXPECT_THAT(p.complaints("memory"), IsEmpty()) << "with what it has advised";
  p.facts.memory->amount = 1 << 20;
  EXPECT_THAT(p.complaint("memory").change, HasSubstr("raise it"));
}

TEST(Doctor, WarnsOfACgroupThatDiesAsOne) {
  patient p;
  p.facts.dies_as_one = "/sys/fs/cgroup/app/memory.oom.group";
  EXPECT_THAT(p.complaint("oom").change, HasSubstr("echo 0 > /sys/fs/cgroup/app/memory.oom.group"));
}

TEST(Doctor, ComparesTheBacklogWithWhatTheKernelCutsItTo) {
  patient p;
  p.facts.somaxconn = 128;
  const auto f = p.complaint("backlog");
  EXPECT_EQ(f.how, verdict::problem);
  EXPECT_EQ(f.change, "sysctl -w net.core.somaxconn=4096");
  p.wanted.backlog = 128;
  EXPECT_THAT(p.complaints("backlog"), IsEmpty());
}

TEST(Doctor, WantsCookiesOrRoomForHalfOpenConnections) {
  patient p;
  p.facts.syncookies = 0;
  EXPECT_EQ(p.complaint("syn-queue").how, verdict::problem);
  p.facts.max_syn_backlog = 8192;
  EXPECT_EQ(p.complaint("syn-queue").how, verdict::advice);
}

TEST(Doctor, SeesThatAnotherMayGetThePort) {
  patient p;
  p.facts.outgoing_ports = port_range{1024, 65'535};
  EXPECT_EQ(p.complaint("listen-port").change, "sysctl -w net.ipv4.ip_local_reserved_ports=8080");
  p.facts.reserved_ports = "22,3000-3010";
  EXPECT_EQ(p.complaint("listen-port").change,
            "sysctl -w net.ipv4.ip_local_reserved_ports=22,3000-3010,8080");
  p.facts.reserved_ports = "22,8000-8100";
  EXPECT_THAT(p.complaints("listen-port"), IsEmpty());
  p.facts.reserved_ports = "";
  p.wanted.listen = {"127.0.0.1:0", "unix:/run/a:8080", "fd:8080"};
  EXPECT_THAT(p.complaints("listen-port"), IsEmpty());
}

TEST(Doctor, KnowsWhichPortsTakeARight) {
  patient p;
  p.wanted.listen = {"0.0.0.0:8080", "[::]:80"};
  const auto f = p.complaint("listen-port");
  EXPECT_EQ(f.how, verdict::problem);
  EXPECT_THAT(f.says, HasSubstr("port 80 is below"));
  p.facts.capabilities = 1U << 10;
  EXPECT_THAT(p.complaints("listen-port"), IsEmpty());
  p.facts.capabilities = 0;
  p.facts.first_free_port = 80;
  EXPECT_THAT(p.complaints("listen-port"), IsEmpty());
}

TEST(Doctor, CountsPortsForUpstreams) {
  patient p;
  p.facts.outgoing_ports = port_range{50'000, 50'999};
  EXPECT_THAT(p.complaint("outgoing-ports").says,
              AllOf(HasSubstr("1,000 connections"), HasSubstr("50000-50999")));
  p.facts.outgoing_ports = port_range{2, 1};
  EXPECT_EQ(p.complaint("outgoing-ports").how, verdict::advice);
}

TEST(Doctor, PassesTheWarningsOfThePlacementOn) {
  patient p;
  p.placement.warnings = {"4 workers share 2 cores", "4 workers under a CPU quota"};
  EXPECT_EQ(p.complaints("workers").size(), 2U);
}

TEST(Doctor, KnowsGovernorsThatFollowTheLoad) {
  patient p;
  p.facts.frequencies = {{{0}, "acpi-cpufreq", "schedutil"}, {{1}, "acpi-cpufreq", "powersave"}};
  EXPECT_THAT(p.complaint("governor").says, HasSubstr("powersave (cores 1, acpi-cpufreq)"));
  p.facts.frequencies = {{{0, 1}, "amd-pstate-epp", "powersave"}};
  EXPECT_THAT(p.complaints("governor"), IsEmpty());
  p.facts.frequencies = {{{0, 1}, "acpi-cpufreq", "userspace"}};
  EXPECT_THAT(p.complaint("governor").says, HasSubstr("userspace"));
}

TEST(Doctor, NamesAFasterClockIfThereIsOne) {
  patient p;
  p.facts.clock = "hpet";
  EXPECT_THAT(p.complaint("clock").change, HasSubstr("echo tsc > "));
  p.facts.clocks = {"hpet", "acpi_pm"};
  EXPECT_THAT(p.complaint("clock").change, HasSubstr("dmesg"));
}

TEST(Doctor, KnowsWhichKernelsGiveShortSlices) {
  patient p;
  for (const char* old : {"6.11.9", "5.15.0-91-generic", "6.1.0"}) {
    p.facts.kernel = old;
    EXPECT_EQ(p.complaint("scheduler").how, verdict::advice) << old;
  }
  for (const char* fresh : {"6.12", "6.18.44-fc", "7.0.0"}) {
    p.facts.kernel = fresh;
    EXPECT_THAT(p.complaints("scheduler"), IsEmpty()) << fresh;
  }
  p.facts.kernel = "unknown";
  EXPECT_THAT(p.complaints("scheduler"), IsEmpty());
}

}  // namespace
}  // namespace shoal::tool
