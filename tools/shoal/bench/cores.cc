#include "bench/cores.h"

#include <algorithm>
#include <optional>

#include "topology/cpu_limits.h"
#include "topology/text.h"

namespace shoal::bench {
namespace {

constexpr std::size_t cores_for_several = 4;  // from so many on both sides have more than one
constexpr std::size_t most_each = 16;

/// Of `able`, the first hardware thread of each physical core.
topology::cpu_list first_threads(const topology::machine& machine, const topology::cpu_list& able) {
  topology::cpu_list found;
  for (const auto& core : machine.cores) {
    if (core.thread == 0 && topology::contains(able, core.id)) found.push_back(core.id);
  }
  return found;
}

/// How many of so many physical cores the server has.
std::size_t half_of(std::size_t physical) noexcept {
  return physical < cores_for_several ? 1 : std::min(physical / 2, most_each);
}

topology::cpu_list some_of(const topology::cpu_list& cpus, std::size_t first, std::size_t count) {
  const auto begin = cpus.begin() + static_cast<std::ptrdiff_t>(first);
  return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

error is_none(std::string_view text) {
  return {0, '"' + std::string(text) + "\" must be a core or a range of them, such as 2 or 2-3"};
}

/// Itself, and the other hardware threads of its physical core.
topology::cpu_list threads_beside(unsigned cpu, const std::string& root) {
  const auto text =
      topology::read_what_is_there(root + "/sys/devices/system/cpu/cpu" + std::to_string(cpu) +
                                   "/topology/thread_siblings_list");
  return topology::parse_cpu_list(text).value_or(topology::cpu_list{});
}

}  // namespace

result<bench_cores> choose_cores(const topology::machine& machine, const topology::cpu_list& able) {
  if (able.size() < 2) {
    return error{0, "two cores are needed, and this process may run on core " +
                        topology::format_cpu_list(able) +
                        " alone: on one core nobody can tell the server's CPU time from the "
                        "generator's"};
  }
  const auto physical = first_threads(machine, able);
  if (physical.size() > 1) {
    const auto each = half_of(physical.size());
    return bench_cores{some_of(physical, 0, each), some_of(physical, each, each)};
  }
  const unsigned server = physical.empty() ? able.front() : physical.front();
  return bench_cores{{server}, {able.front() == server ? able[1] : able.front()}};
}

topology::cpu_list choose_own_cores(const topology::machine& machine,
                                    const topology::cpu_list& able) {
  const auto physical = first_threads(machine, able);
  if (physical.empty()) return some_of(able, 0, std::min<std::size_t>(able.size(), 1));
  return some_of(physical, 0, half_of(physical.size()));
}

result<topology::cpu_list> parse_range(std::string_view text, const topology::cpu_list& able) {
  const auto cpus = topology::parse_cpu_list(text);
  if (!cpus || cpus->empty()) return is_none(text);
  for (const unsigned id : *cpus) {
    if (!topology::contains(able, id)) {
      return error{0, "this process may not run on core " + std::to_string(id) + ", only on " +
                          topology::format_cpu_list(able)};
    }
  }
  return *cpus;
}

result<bench_cores> parse_cores(std::string_view text, const topology::cpu_list& able) {
  const auto comma = text.find(',');
  const auto rest = comma == std::string_view::npos ? "" : text.substr(comma + 1);
  if (rest.empty() || rest.find(',') != std::string_view::npos) {
    return error{0, '"' + std::string(text) + "\" must be two cores, such as 0,1"};
  }
  const auto server = parse_range(text.substr(0, comma), able);
  if (!server) return server.error();
  const auto generator = parse_range(rest, able);
  if (!generator) return generator.error();
  if (!topology::intersect(server.value(), generator.value()).empty()) {
    return error{0,
                 "the server and the generator need a core each: on one nobody can tell the "
                 "server's CPU time from the generator's"};
  }
  return bench_cores{server.value(), generator.value()};
}

result<std::string> check_threads(const bench_cores& cores, const topology::cpu_list& able,
                                  const std::string& root) {
  const auto threads = threads_beside(cores.server.front(), root);
  if (!topology::contains(threads, cores.generator.front())) return std::string();
  const std::string both = "cores " + std::to_string(cores.server.front()) + " and " +
                           std::to_string(cores.generator.front()) +
                           " are two hardware threads of one physical core: what one does slows "
                           "the other";
  for (const unsigned id : able) {
    if (topology::contains(threads, id)) continue;
    return error{0, both + "; core " + std::to_string(id) + " is another one"};
  }
  return both;
}

topology::cpu_list able_cores() {
  const auto able = topology::read_affinity();
  return able ? able.value() : topology::cpu_list();
}

}  // namespace shoal::bench
