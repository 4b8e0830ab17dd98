#include "bench/cores.h"

#include <algorithm>

#include "topology/cpu_limits.h"
#include "topology/text.h"

namespace shoal::bench {
namespace {

const topology::core* find(const topology::machine& machine, unsigned id) {
  for (const auto& core : machine.cores) {
    if (core.id == id) return &core;
  }
  return nullptr;
}

bool is_first_thread(const topology::machine& machine, unsigned id) {
  const auto* const core = find(machine, id);
  return core != nullptr && core->thread == 0;
}

}  // namespace

result<two_cores> choose_cores(const topology::machine& machine, const topology::cpu_list& able) {
  if (able.size() < 2) {
    return error{0, "two cores are needed, and this process may run on core " +
                        topology::format_cpu_list(able) +
                        " alone: on one core nobody can tell the server's CPU time from the "
                        "generator's"};
  }
  const auto first = std::find_if(able.begin(), able.end(),
                                  [&](unsigned id) { return is_first_thread(machine, id); });
  const unsigned server = first == able.end() ? able.front() : *first;
  unsigned generator = able.front() == server ? able[1] : able.front();
  for (const unsigned id : able) {
    if (id == server || !is_first_thread(machine, id)) continue;
    generator = id;
    break;
  }
  return two_cores{server, generator};
}

result<two_cores> parse_cores(std::string_view text, const topology::cpu_list& able) {
  const auto comma = text.find(',');
  const auto server = topology::parse_number<unsigned>(text.substr(0, comma));
  const auto generator = comma == std::string_view::npos
                             ? std::nullopt
                             : topology::parse_number<unsigned>(text.substr(comma + 1));
  if (!server || !generator) {
    return error{0, '"' + std::string(text) + "\" must be two cores, such as 0,1"};
  }
  if (*server == *generator) {
    return error{0,
                 "the server and the generator need a core each: on one nobody can tell the "
                 "server's CPU time from the generator's"};
  }
  for (const unsigned id : {*server, *generator}) {
    if (!topology::contains(able, id)) {
      return error{0, "this process may not run on core " + std::to_string(id) + ", only on " +
                          topology::format_cpu_list(able)};
    }
  }
  return two_cores{*server, *generator};
}

topology::cpu_list able_cores() {
  const auto able = topology::read_affinity();
  return able ? able.value() : topology::cpu_list();
}

}  // namespace shoal::bench
