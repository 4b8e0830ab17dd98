#include "cluster/rights/allowed_calls.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <set>
#include <sstream>
#include <string>

#include "cluster/rights/call_filter.h"

namespace shoal::cluster {
namespace {

void add(std::multiset<std::string>& all, const call_group& group) {
  std::istringstream names{std::string(group.names)};
  for (std::string name; names >> name;) all.insert(name);
}

std::multiset<std::string> all_names() {
  std::multiset<std::string> all;
  for (const auto& group : allowed_calls()) add(all, group);
  add(all, calls_of_rings());
  std::set<std::string> narrow;
  for (const auto& call : narrow_calls(::getpid())) narrow.emplace(call.name);
  all.insert(narrow.begin(), narrow.end());
  return all;
}

TEST(AllowedCalls, AreCallsAndStandOnTheListOnce) {
  const auto all = all_names();
  for (const auto& name : all) {
    EXPECT_TRUE(is_system_call(name)) << name;
    EXPECT_EQ(all.count(name), 1U) << name;
  }
}

/// What makes a process that somebody has come to rule dangerous for others.
TEST(AllowedCalls, HaveNothingByWhichAProcessReachesOthers) {
  const auto all = all_names();
  for (const char* name : {"execve",
                           "execveat",
                           "fork",
                           "vfork",
                           "clone3",
                           "ptrace",

                           "process_vm_writev",
                           "pidfd_open",
                           "pidfd_getfd",
                           "kcmp",
                           "tkill",
                           "rt_sigqueueinfo",
                           "rt_tgsigqueueinfo",
                           "bpf",
                           "mount",
                           "umount2",
                           "pivot_root",
                           "chroot",
                           "unshare",
                           "setns",
                           "setuid",
                           "setgid",
                           "setresuid",
                           "setgroups",
                           "capset",
                           "init_module",
                           "finit_module",
                           "kexec_load",
                           "reboot",
                           "keyctl",
                           "add_key",
                           "perf_event_open",
                           "userfaultfd",
                           "open_by_handle_at",
                           "personality",
                           "swapon",
                           "settimeofday",
                           "clock_settime",
                           "mknod"}) {
    EXPECT_EQ(all.count(name), 0U) << name;
    EXPECT_TRUE(is_system_call(name)) << name << " is misspelt here";
  }
}

TEST(AllowedCalls, SignalNobodyElseAndReadNobodyElsesMemory) {
  for (const auto& call : narrow_calls(4711)) {
    if (call.name != "kill" && call.name != "tgkill" && call.name != "process_vm_readv") continue;
    ASSERT_EQ(call.rules.size(), 1U);
    EXPECT_EQ(call.rules.front().argument, 0U);
    EXPECT_EQ(call.rules.front().value, 4711U);
  }
}

}  // namespace
}  // namespace shoal::cluster
