#include "topology/machine.h"

#include <algorithm>

#include "topology/core_kinds.h"
#include "topology/numa_files.h"
#include "topology/text.h"

namespace shoal::topology {
namespace {

/// The package of core `id`. The kernel writes -1 where it does not know.
result<unsigned> read_package(const std::string& cpu_directory) {
  const std::string path = cpu_directory + "/topology/physical_package_id";
  const auto text = read_text_if_there(path);
  if (!text) return text.error();
  if (!text.value()) return 0U;
  const auto number = parse_number<int>(trim(*text.value()));
  if (!number) return not_a("package number", path, *text.value());
  return static_cast<unsigned>(std::max(*number, 0));
}

/// The lowest core that shares the cache with the highest level.
result<std::optional<unsigned>> read_last_level_cache(const std::string& cpu_directory) {
  std::optional<unsigned> lowest;
  unsigned level_max = 0;
  for (unsigned index = 0; index < 16; ++index) {
    const std::string cache = cpu_directory + "/cache/index" + std::to_string(index);
    const auto text = read_text_if_there(cache + "/level");
    if (!text) return text.error();
    if (!text.value()) break;
    const auto level = parse_number<unsigned>(trim(*text.value()));
    if (!level) return not_a("cache level", cache + "/level", *text.value());
    const auto shared = read_cpu_list_if_there(cache + "/shared_cpu_list");
    if (!shared) return shared.error();
    if (*level < level_max || !shared.value() || shared.value()->empty()) continue;
    level_max = *level;
    lowest = shared.value()->front();
  }
  return lowest;
}

result<core> read_core(const std::string& cpus_directory, unsigned id) {
  const std::string directory = cpus_directory + "/cpu" + std::to_string(id);
  core found{.id = id, .physical = id};
  const auto package = read_package(directory);
  if (!package) return package.error();
  found.package = package.value();
  const auto cache = read_last_level_cache(directory);
  if (!cache) return cache.error();
  found.llc = cache.value().value_or(found.package);
  const auto siblings = read_cpu_list_if_there(directory + "/topology/thread_siblings_list");
  if (!siblings) return siblings.error();
  if (siblings.value() && contains(*siblings.value(), id)) {
    const cpu_list& threads = *siblings.value();
    found.physical = threads.front();
    found.thread = static_cast<unsigned>(std::lower_bound(threads.begin(), threads.end(), id) -
                                         threads.begin());
  }
  return found;
}

/// Present, and not online. (The "offline" file also has places where no core is.)
result<cpu_list> read_offline(const std::string& cpus_directory, const cpu_list& online) {
  const auto present = read_cpu_list_if_there(cpus_directory + "/present");
  if (!present) return present.error();
  cpu_list offline;
  for (const unsigned id : present.value().value_or(cpu_list())) {
    if (!contains(online, id)) offline.push_back(id);
  }
  return offline;
}

/// Tells each core its node. A core in two nodes is an error; one in none joins the first node.
result<void> settle_cores(const std::string& root, machine& m) {
  std::vector<bool> settled(max_cpus, false);
  for (const numa_node& node : m.nodes) {
    for (const unsigned cpu : node.cpus) {
      if (settled[cpu])
        return error{0, root + "/sys/devices/system/node/node" + std::to_string(node.id) +
                            "/cpulist: core " + std::to_string(cpu) + " is in another node too"};
      settled[cpu] = true;
      const auto at = std::lower_bound(m.cores.begin(), m.cores.end(), cpu,
                                       [](const core& c, unsigned id) { return c.id < id; });
      at->node = node.id;
    }
  }
  for (core& c : m.cores) {
    if (settled[c.id]) continue;
    c.node = m.nodes.front().id;
    m.nodes.front().cpus.push_back(c.id);
  }
  std::sort(m.nodes.front().cpus.begin(), m.nodes.front().cpus.end());
  return {};
}

}  // namespace

cpu_list machine::cpus() const {
  cpu_list ids;
  ids.reserve(cores.size());
  for (const core& c : cores) ids.push_back(c.id);
  return ids;
}

result<machine> read_machine(const std::string& given_root) {
  const std::string root = root_prefix(given_root);
  const std::string cpus_directory = root + "/sys/devices/system/cpu";
  const auto online = read_cpu_list(cpus_directory + "/online");
  if (!online) return online.error();
  if (online.value().empty()) return not_a("list of cores", cpus_directory + "/online", "");
  machine m;
  for (const unsigned id : online.value()) {
    auto found = read_core(cpus_directory, id);
    if (!found) return found.error();
    m.cores.push_back(found.value());
  }
  if (auto told = tell_core_kinds(root, m.cores); !told) return told.error();
  auto offline = read_offline(cpus_directory, online.value());
  if (!offline) return offline.error();
  m.offline = std::move(offline).value();
  auto nodes = read_numa_nodes(root, online.value());
  if (!nodes) return nodes.error();
  m.nodes = std::move(nodes).value();
  if (auto settled = settle_cores(root, m); !settled) return settled.error();
  return m;
}

}  // namespace shoal::topology
