// What drawing and picture of `shoal topo` say in the same words.
#include <algorithm>
#include <cstdio>
#include <numeric>
#include <utility>

#include "status_text.h"
#include "topo_view.h"
#include "topology/text.h"

namespace shoal::tool {
namespace {

using topology::core_kind;

std::string counted(std::size_t n, const std::string& noun) {
  return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

std::size_t count_physical(const topology::machine& machine) {
  return static_cast<std::size_t>(
      std::count_if(machine.cores.begin(), machine.cores.end(),
                    [](const topology::core& core) { return core.physical == core.id; }));
}

std::size_t count_kind(const topology::machine& machine, core_kind kind) {
  return static_cast<std::size_t>(
      std::count_if(machine.cores.begin(), machine.cores.end(), [kind](const topology::core& core) {
        return core.kind == kind && core.physical == core.id;
      }));
}

std::string cores_in_words(const topology::machine& machine) {
  const std::size_t physical = count_physical(machine);
  const bool threaded = machine.cores.size() != physical;
  std::string text = counted(physical, threaded ? "physical core" : "core");
  const std::size_t fast = count_kind(machine, core_kind::performance);
  const std::size_t frugal = count_kind(machine, core_kind::efficiency);
  if (fast + frugal > 0) {
    text +=
        " (" + std::to_string(fast) + " performance, " + std::to_string(frugal) + " efficiency)";
  }
  if (threaded) text += ", " + counted(machine.cores.size(), "thread");
  return text;
}

std::string cores_of_quota(double quota) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", quota);
  return text;
}

/// "workers 0-3" or "worker 2"; they count on within a process.
std::string workers_in_words(const std::vector<seat>& seats) {
  topology::cpu_list numbers;
  for (const auto& seat : seats) numbers.push_back(seat.worker);
  return (numbers.size() == 1 ? "worker " : "workers ") + topology::format_cpu_list(numbers);
}

std::string where_in_words(const std::vector<seat>& seats, const topology::cpu_list& cpus) {
  if (!seats.front().place.pinned) return "anywhere on cores " + topology::format_cpu_list(cpus);
  topology::cpu_list cores;
  for (const auto& seat : seats) cores.push_back(seat.place.core);
  std::sort(cores.begin(), cores.end());
  cores.erase(std::unique(cores.begin(), cores.end()), cores.end());
  return std::string("pinned to core") + (cores.size() == 1 ? " " : "s ") +
         topology::format_cpu_list(cores);
}

/// "cache 4, node 0"
std::string unit_in_words(const topo_view& view, const topology::unit& unit) {
  const auto id = std::to_string(unit.id);
  const auto nodes =
      (unit.nodes.size() == 1 ? "node " : "nodes ") + topology::format_cpu_list(unit.nodes);
  switch (view.wish.unit.kind) {
    case topology::unit_kind::numa:
      return nodes;
    case topology::unit_kind::llc:
      return "cache " + id + ", " + nodes;
    case topology::unit_kind::package:
      return "package " + id + ", " + nodes;
    case topology::unit_kind::core_group:
      return "a core group, " + nodes;
    case topology::unit_kind::none:
      return "the machine, " + nodes;
  }
  return nodes;
}

std::string memory_in_words(const topo_view& view, const topology::unit& unit,
                            const topology::memory_place& memory) {
  const auto& nodes = view.machine.nodes;
  if (nodes.size() == 1) return "";
  const bool has_own = std::any_of(nodes.begin(), nodes.end(), [&](const auto& node) {
    return node.memory_bytes > 0 && topology::contains(unit.nodes, node.id);
  });
  return "; memory " + memory.show() + (has_own ? "" : ", having none of its own");
}

}  // namespace

std::string headline(const topo_view& view) {
  const auto& machine = view.machine;
  const auto bytes =
      std::accumulate(machine.nodes.begin(), machine.nodes.end(), std::uint64_t{0},
                      [](std::uint64_t sum, const auto& node) { return sum + node.memory_bytes; });
  std::string text = counted(machine.nodes.size(), "NUMA node") + ", " +
                     counted(packages_of(machine).size(), "package") + ", " +
                     cores_in_words(machine);
  if (bytes > 0) text += ", " + format_bytes(bytes);
  if (!machine.offline.empty())
    text += "; switched off: " + topology::format_cpu_list(machine.offline);
  return text;
}

std::vector<std::string> limits_in_words(const topo_view& view) {
  std::vector<std::string> words;
  const auto& limits = view.limits;
  const auto all = view.machine.cpus();
  if (topology::intersect(all, limits.affinity) != all)
    words.push_back("affinity mask allows cores " + topology::format_cpu_list(limits.affinity));
  if (limits.cpuset && topology::intersect(all, *limits.cpuset) != all)
    words.push_back("cpuset allows cores " + topology::format_cpu_list(*limits.cpuset) + " (" +
                    printable(limits.cpuset_file) + ")");
  if (limits.quota_cores)
    words.push_back("CPU quota is " + cores_of_quota(*limits.quota_cores) + " cores (" +
                    printable(limits.quota_file) + ")");
  return words;
}

std::vector<std::string> processes_in_words(const topo_view& view) {
  std::vector<std::string> words;
  const auto seats = seats_of(view.plan);
  for (unsigned process = 0; process < view.plan.processes.size(); ++process) {
    const auto& place = view.plan.processes[process];
    std::vector<seat> its;
    for (const auto& seat : seats) {
      if (seat.process == process) its.push_back(seat);
    }
    const auto unit = unit_of(view, place);
    words.push_back("process " + std::to_string(process) + " on " + unit_in_words(view, unit) +
                    ": " + workers_in_words(its) + " " + where_in_words(its, place.cpus) +
                    memory_in_words(view, unit, place.memory));
  }
  return words;
}

std::vector<std::string> reservations_in_words(const topology::placement& plan) {
  std::vector<std::string> words;
  for (const auto& warning : plan.warnings) words.push_back("warning: " + warning);
  for (const auto& lack : plan.shortfalls) words.push_back("note: " + lack);
  return words;
}

std::vector<std::string> huge_pages_in_words(const topology::numa_node& node) {
  std::vector<std::string> words;
  for (const auto& pool : node.huge_pages) {
    if (pool.total == 0) continue;
    words.push_back(counted(pool.total, "huge page") + " of " + format_bytes(pool.page_bytes) +
                    (pool.free ? ", " + std::to_string(*pool.free) + " free" : ""));
  }
  return words;
}

std::string nic_in_words(const topology::nic& nic) {
  return printable(nic.name) + (nic.driver.empty() ? "" : " (" + printable(nic.driver) + ")") +
         (nic.node ? " at node " + std::to_string(*nic.node) : "") + ": " +
         counted(nic.rx_queues, "queue") + " in, " + std::to_string(nic.tx_queues) + " out";
}

std::vector<std::string> interrupts_in_words(const topology::nic& nic) {
  std::vector<std::string> words;
  for (const auto& interrupt : nic.interrupts) {
    if ((!interrupt.rx && !interrupt.tx) || interrupt.cpus.empty()) continue;
    const char* const way = interrupt.rx && interrupt.tx ? "" : interrupt.rx ? " in" : " out";
    words.push_back("queue " + std::to_string(interrupt.queue) + way + ": core " +
                    topology::format_cpu_list(interrupt.cpus));
  }
  return words;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  std::vector<std::string> lines;
  std::string line;
  for (auto word = topology::take_word(text); !word.empty(); word = topology::take_word(text)) {
    if (!line.empty() && line.size() + 1 + word.size() > width) {
      lines.push_back(std::exchange(line, std::string(indent, ' ')));
      line += word;
    } else {
      line.append(line.empty() ? "" : " ").append(word);
    }
  }
  lines.push_back(line);
  return lines;
}

}  // namespace shoal::tool
