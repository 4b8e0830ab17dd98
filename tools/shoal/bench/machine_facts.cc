#include "bench/machine_facts.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>

#include "bench/child_process.h"
#include "bench/peers.h"
#include "commit.h"
#include "topology/text.h"

namespace shoal::bench {
namespace {

using topology::read_what_is_there;

using facts = std::vector<fact>;

constexpr std::chrono::seconds patience{5};

void add(facts& all, const std::string& name, std::string value) {
  std::replace(value.begin(), value.end(), '\n', ';');
  if (!value.empty()) all.emplace_back(name, std::move(value));
}

/// What stands behind "name : " in the first line that begins with `name`.
std::string field_of(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    const auto colon = line.find(':');
    if (line.starts_with(name) && colon != std::string_view::npos) {
      return std::string(topology::trim(line.substr(colon + 1)));
    }
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return "";
}

std::string cpu_of(const std::string& root) {
  const auto text = read_what_is_there(root + "/proc/cpuinfo");
  auto model = field_of(text, "model name");
  const auto flags = field_of(text, "flags");
  if ((" " + flags + " ").find(" hypervisor ") != std::string::npos) {
    model += ", in a virtual machine";
  }
  return model;
}

/// "spectre_v2: Mitigation: ...", of those that are not "Not affected".
std::string mitigations_of(const std::string& root) {
  std::vector<std::string> all;
  std::error_code none;
  const std::filesystem::path directory = root + "/sys/devices/system/cpu/vulnerabilities";
  for (std::filesystem::directory_iterator at(directory, none), end; !none && at != end;
       at.increment(none)) {
    const auto says = read_what_is_there(at->path().string());
    if (says != "Not affected") all.push_back(at->path().filename().string() + ": " + says);
  }
  std::sort(all.begin(), all.end());
  std::string text;
  for (const auto& each : all) text.append(text.empty() ? "" : "; ").append(each);
  return text;
}

/// What of the kernel's command line bears on speed. The rest may say who runs the machine, and a
/// report is to be shown.
std::string tuning_of(const std::string& command_line) {
  std::string kept;
  std::istringstream words(command_line);
  for (std::string word; words >> word;) {
    const std::string name = word.substr(0, word.find('='));
    for (const char* const tuning :
         {"mitigations", "pti", "nopti", "isolcpus", "nohz", "nohz_full", "rcu_nocbs", "idle",
          "preempt", "nosmt", "clocksource", "tsc", "transparent_hugepage", "numa_balancing",
          "processor.max_cstate", "intel_idle.max_cstate", "intel_pstate", "amd_pstate"}) {
      if (name == tuning) kept.append(kept.empty() ? "" : " ").append(word);
    }
  }
  return kept;
}

void add_sysctls(const std::string& root, facts& all) {
  for (const char* const name :
       {"net/core/somaxconn", "net/core/busy_poll", "net/core/default_qdisc",
        "net/ipv4/tcp_max_syn_backlog", "net/ipv4/tcp_congestion_control",
        "net/ipv4/tcp_autocorking", "net/ipv4/ip_local_port_range", "net/ipv4/tcp_tw_reuse",
        "kernel/io_uring_disabled", "kernel/numa_balancing", "kernel/sched_autogroup_enabled"}) {
    std::string shown = name;
    std::replace(shown.begin(), shown.end(), '/', '.');
    add(all, shown, read_what_is_there(root + "/proc/sys/" + name));
  }
}

}  // namespace

facts machine_facts(const std::string& root) {
  facts all;
  const std::string cpu = root + "/sys/devices/system/cpu/";
  add(all, "CPU", cpu_of(root));
  add(all, "cores", read_what_is_there(cpu + "online"));
  add(all, "SMT", read_what_is_there(cpu + "smt/control"));
  add(all, "governor", read_what_is_there(cpu + "cpu0/cpufreq/scaling_governor"));
  add(all, "idle driver", read_what_is_there(cpu + "cpuidle/current_driver"));
  add(all, "kernel", read_what_is_there(root + "/proc/sys/kernel/osrelease"));
  add(all, "kernel's command line, what tunes it",
      tuning_of(read_what_is_there(root + "/proc/cmdline")));
  add(all, "mitigations", mitigations_of(root));
  add(all, "clock",
      read_what_is_there(root +
                         "/sys/devices/system/clocksource/clocksource0/current_clocksource"));
  add(all, "memory", field_of(read_what_is_there(root + "/proc/meminfo"), "MemTotal"));
  add(all, "MTU of lo", read_what_is_there(root + "/sys/class/net/lo/mtu"));
  add(all, "load average", read_what_is_there(root + "/proc/loadavg"));
  add_sysctls(root, all);
  return all;
}

facts build_facts() {
  return {{"shoal", SHOAL_VERSION ", commit " + std::string(built_from)},
          {"compiler", __VERSION__},
          {"build", SHOAL_BUILD}};
}

facts peer_facts(const std::vector<std::string>& programs) {
  facts all;
  for (const auto& program : programs) {
    const auto path = find_program(program);
    if (path.empty()) continue;
    // nginx and haproxy know this one too, and say it on stderr and stdout.
    auto process = child_process::start({.words = {path, program == "node" ? "--version" : "-v"}});
    if (!process) continue;
    const auto ended = process.value().wait(read_clock() + patience, [] { return false; });
    const auto& text = process.value().output();
    if (!ended) continue;
    add(all, program,
        text.empty() ? process.value().last_words() : text.substr(0, text.find('\n')));
  }
  return all;
}

}  // namespace shoal::bench
