#include "bench/process_facts.h"

#include <time.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <system_error>

#include "topology/text.h"

namespace shoal::bench {
namespace {

using topology::read_what_is_there;

std::string directory_of(pid_t pid) { return "/proc/" + std::to_string(pid); }

/// The directories of its threads; none if it has ended.
std::vector<std::string> threads_of(pid_t pid) {
  std::vector<std::string> all;
  std::error_code gone;
  for (std::filesystem::directory_iterator at(directory_of(pid) + "/task", gone), end;
       !gone && at != end; at.increment(gone)) {
    all.push_back(at->path().string());
  }
  return all;
}

void add_with_children(pid_t pid, std::vector<pid_t>& all) {
  all.push_back(pid);
  for (const auto& thread : threads_of(pid)) {
    const auto text = read_what_is_there(thread + "/children");
    std::string_view rest = text;
    for (auto word = topology::take_word(rest); !word.empty(); word = topology::take_word(rest)) {
      if (const auto child = topology::parse_number<pid_t>(word)) add_with_children(*child, all);
    }
  }
}

/// The number behind `name` and white space.
std::uint64_t number_after(std::string_view text, std::string_view name) noexcept {
  const auto at = text.find(name);
  if (at == std::string_view::npos) return 0;
  auto rest = text.substr(at + name.size());
  return topology::parse_number<std::uint64_t>(topology::take_word(rest)).value_or(0);
}

/// To the nanosecond, and at this moment: what /proc says of a thread that runs is as old as its
/// last tick.
std::optional<std::uint64_t> cpu_ns_of(pid_t pid) noexcept {
  clockid_t clock;
  timespec ran{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &ran) != 0) return {};
  return static_cast<std::uint64_t>(ran.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(ran.tv_nsec);
}

std::uint64_t resident_bytes_of(pid_t pid) {
  const auto text = read_what_is_there(directory_of(pid) + "/statm");
  std::string_view rest = text;
  static_cast<void>(topology::take_word(rest));
  const auto pages = topology::parse_number<std::uint64_t>(topology::take_word(rest));
  return pages.value_or(0) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

std::vector<pid_t> processes_of(pid_t main) {
  std::vector<pid_t> all;
  add_with_children(main, all);
  return all;
}

std::optional<process_use> use_of(const std::vector<pid_t>& processes) {
  process_use sum;
  for (const pid_t pid : processes) {
    const auto cpu_ns = cpu_ns_of(pid);
    if (!cpu_ns) return std::nullopt;
    sum.cpu_ns += *cpu_ns;
    sum.resident_bytes += resident_bytes_of(pid);
    for (const auto& thread : threads_of(pid))
      sum.switches += switches_in(read_what_is_there(thread + "/status"));
  }
  return sum;
}

std::uint64_t switches_in(std::string_view status) noexcept {
  return number_after(status, "\nvoluntary_ctxt_switches:") +
         number_after(status, "\nnonvoluntary_ctxt_switches:");
}

// "cpu  user nice system idle iowait irq softirq steal guest guest_nice": guests are in user.
machine_time machine_time_in(std::string_view stat, long ticks_a_second) noexcept {
  machine_time found;
  stat = stat.substr(0, stat.find('\n'));
  if (topology::take_word(stat) != "cpu") return found;
  for (int field = 0; field < 8; ++field) {
    const auto ticks = topology::parse_number<std::uint64_t>(topology::take_word(stat));
    const double seconds =
        static_cast<double>(ticks.value_or(0)) / static_cast<double>(ticks_a_second);
    found.all += seconds;
    const bool idle = field == 3 || field == 4;
    if (field == 7) {
      found.stolen += seconds;
    } else if (!idle) {
      found.busy += seconds;
    }
  }
  return found;
}

machine_time read_machine_time() {
  return machine_time_in(read_what_is_there("/proc/stat"), ::sysconf(_SC_CLK_TCK));
}

}  // namespace shoal::bench
