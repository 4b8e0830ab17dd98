// Cores: how many workers they suffice for, how fast they run, what time costs there, and how soon
// a worker gets one that it shares.
#include <algorithm>

#include "doctor_findings.h"
#include "topology/text.h"

namespace shoal::tool {
namespace {

void judge_workers(const case_file& known, findings& out) {
  constexpr std::string_view name = "workers";
  for (const auto& warning : known.placement.warnings) {
    out.push_back({name, verdict::advice, warning, "fewer --workers, or more cores or quota"});
  }
  if (known.placement.warnings.empty())
    out.push_back({name, verdict::ok, known.placement.reason, ""});
}

/// These two drivers choose a frequency by load under this name as well; others stay at the lowest.
bool follows_load(const frequency_policy& policy) {
  if (policy.governor != "powersave") return policy.governor != "userspace";
  return policy.driver == "intel_pstate" || policy.driver == "amd-pstate-epp";
}

void judge_governor(const case_file& known, findings& out) {
  constexpr std::string_view name = "governor";
  for (const auto& policy : known.facts.frequencies) {
    const auto cores =
        " (cores " + topology::format_cpu_list(policy.cpus) + ", " + policy.driver + ")";
    if (follows_load(policy)) {
      out.push_back({name, verdict::ok, policy.governor + cores, ""});
    } else {
      out.push_back({name, verdict::advice,
                     policy.governor + cores + ": their frequency does not follow the load",
                     "cpupower frequency-set -g schedutil, or performance for figures"});
    }
  }
}

/// Each turn of a loop reads it. These take a system call and a slow device for that, 1 us and
/// more; what is mapped into the process takes some 27 ns.
bool is_slow(std::string_view clock) {
  return clock == "hpet" || clock == "acpi_pm" || clock == "refined-jiffies" || clock == "jiffies";
}

void judge_clock(const case_file& known, findings& out) {
  constexpr std::string_view name = "clock";
  const auto& clock = known.facts.clock;
  const auto& all = known.facts.clocks;
  if (clock.empty()) return;
  if (!is_slow(clock)) {
    out.push_back({name, verdict::ok, "time comes from " + clock, ""});
    return;
  }
  const auto better =
      std::find_if(all.begin(), all.end(), [](const auto& other) { return !is_slow(other); });
  const std::string directory = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
  out.push_back({name, verdict::advice,
                 "time comes from " + clock + ", a device: each turn of a worker waits for it",
                 better != all.end() ? "echo " + *better + " > " + directory
                                     : "the kernel log says why it distrusts the TSC: dmesg | "
                                       "grep -i -e tsc -e clocksource"});
}

/// Threads that compute share cores with loops; who asks for short slices gets there sooner.
void judge_scheduler(const case_file& known, findings& out) {
  constexpr std::string_view name = "scheduler";
  std::string_view rest = known.facts.kernel;
  const auto major = topology::parse_number<unsigned>(rest.substr(0, rest.find('.')));
  rest.remove_prefix(std::min(rest.size(), rest.find('.') + 1));
  const auto minor =
      topology::parse_number<unsigned>(rest.substr(0, rest.find_first_not_of("0123456789")));
  if (!major || !minor) return;
  const bool heeds = *major > 6 || (*major == 6 && *minor >= 12);
  if (heeds) {
    out.push_back({name, verdict::ok, "Linux " + known.facts.kernel + " gives short slices", ""});
  } else {
    out.push_back({name, verdict::advice,
                   "Linux " + known.facts.kernel +
                       " knows no short slices: beside a handler that computes, a worker may wait "
                       "4 ms for its core instead of 0.2",
                   "Linux 6.12 or newer"});
  }
}

}  // namespace

void judge_cores(const case_file& known, findings& out) {
  judge_workers(known, out);
  judge_governor(known, out);
  judge_clock(known, out);
  judge_scheduler(known, out);
}

}  // namespace shoal::tool
