#include "topo_view.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <utility>

#include "doctor_facts.h"
#include "topology/hwloc_reader.h"

namespace shoal::tool {
namespace {

result<topo_view> planned(topo_view view, const topology::wish& wish) {
  auto plan = topology::plan(view.machine, view.limits, wish);
  if (!plan) return plan.error();
  view.wish = wish;
  view.plan = std::move(plan).value();
  return view;
}

}  // namespace

result<topo_view> view_tree(const std::string& root, const topology::wish& wish) {
  auto facts = read_facts(root);
  if (!facts) return facts.error();
  auto nics = topology::read_nics(root);
  if (!nics) return nics.error();
  machine_facts known = std::move(facts).value();
  return planned({.source = root == "/" ? "" : root,
                  .machine = std::move(known.machine),
                  .limits = std::move(known.limits),
                  .nics = std::move(nics).value()},
                 wish);
}

result<topo_view> view_description(const std::string& description, const topology::wish& wish) {
  const bool is_file = description.ends_with(".xml") || ::access(description.c_str(), F_OK) == 0;
  auto machine =
      is_file ? topology::read_hwloc_xml(description) : topology::read_synthetic(description);
  if (!machine) return machine.error();
  topo_view view{.source = description, .machine = std::move(machine).value()};
  view.limits.affinity = view.machine.cpus();
  return planned(std::move(view), wish);
}

std::vector<seat> seats_of(const topology::placement& plan) {
  std::vector<seat> seats;
  for (unsigned process = 0; process < plan.processes.size(); ++process) {
    const auto& place = plan.processes[process];
    for (const auto& worker : place.workers) {
      seats.push_back({static_cast<unsigned>(seats.size()), process, worker});
    }
  }
  return seats;
}

topology::unit unit_of(const topo_view& view, const topology::node_place& process) {
  return topology::units_of(view.machine, process.cpus, view.wish.unit).front();
}

std::vector<cache_group> cache_groups(const topology::machine& machine, unsigned node) {
  std::map<std::pair<unsigned, unsigned>, std::map<unsigned, std::vector<topology::core>>> found;
  for (const auto& core : machine.cores) {
    if (core.node == node) found[{core.package, core.llc}][core.physical].push_back(core);
  }
  std::vector<cache_group> groups;
  for (auto& [where, physical] : found) {
    cache_group group{.package = where.first, .llc = where.second};
    for (auto& [id, threads] : physical) group.physical.push_back(std::move(threads));
    groups.push_back(std::move(group));
  }
  std::sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) {
    return a.physical.front().front().id < b.physical.front().front().id;
  });
  return groups;
}

// Without a word on caches, core::llc is the package's number, and that core is elsewhere as a
// rule.
bool has_several_caches(const topology::machine& machine) {
  const auto is_its_own = [&](unsigned llc) {
    return std::any_of(machine.cores.begin(), machine.cores.end(),
                       [&](const auto& core) { return core.id == llc && core.llc == llc; });
  };
  const unsigned first = machine.cores.front().llc;
  return std::any_of(machine.cores.begin(), machine.cores.end(),
                     [&](const auto& core) { return core.llc != first; }) &&
         std::all_of(machine.cores.begin(), machine.cores.end(),
                     [&](const auto& core) { return is_its_own(core.llc); });
}

topology::cpu_list packages_of(const topology::machine& machine) {
  topology::cpu_list packages;
  for (const auto& core : machine.cores) packages.push_back(core.package);
  std::sort(packages.begin(), packages.end());
  packages.erase(std::unique(packages.begin(), packages.end()), packages.end());
  return packages;
}

topology::cpu_list packages_of(const topology::machine& machine, unsigned node) {
  topology::machine part;
  for (const auto& core : machine.cores) {
    if (core.node == node) part.cores.push_back(core);
  }
  return packages_of(part);
}

bool is_allowed(const topology::limits& limits, unsigned core) {
  return topology::contains(limits.affinity, core) &&
         (!limits.cpuset || topology::contains(*limits.cpuset, core));
}

}  // namespace shoal::tool
