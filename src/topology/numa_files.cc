#include "topology/numa_files.h"

#include "topology/huge_pages.h"
#include "topology/text.h"

namespace shoal::topology {
namespace {

/// The number after "MemTotal:" in kB, as bytes. /proc/meminfo and nodeN/meminfo ("Node 0
/// MemTotal: ...") both have such a line.
result<std::uint64_t> read_memory_total(const std::string& path) {
  const auto text = read_text_if_there(path);
  if (!text) return text.error();
  if (!text.value()) return std::uint64_t{0};
  std::string_view rest = *text.value();
  constexpr std::string_view label = "MemTotal:";
  const auto at = rest.find(label);
  if (at == std::string_view::npos) return not_a("memory report", path, rest);
  rest.remove_prefix(at + label.size());
  const auto kibibytes = parse_number<std::uint64_t>(take_word(rest));
  if (!kibibytes || *kibibytes > (std::uint64_t{1} << 53)) return not_a("memory size", path, rest);
  return *kibibytes * 1024;
}

/// "10 21": the kernel writes one for each online node, in their order.
result<std::vector<unsigned>> read_distances(const std::string& path, std::size_t nodes) {
  const auto text = read_text_if_there(path);
  if (!text) return text.error();
  std::vector<unsigned> distances;
  if (!text.value()) return distances;
  std::string_view rest = *text.value();
  for (auto word = take_word(rest); !word.empty(); word = take_word(rest)) {
    const auto distance = parse_number<unsigned>(word);
    if (!distance) return not_a("list of distances", path, *text.value());
    distances.push_back(*distance);
  }
  if (distances.size() != nodes)
    return not_a("distance to each of " + std::to_string(nodes) + " nodes", path, *text.value());
  return distances;
}

result<numa_node> read_node(const std::string& directory, unsigned id, const cpu_list& online,
                            std::size_t nodes) {
  const auto cpus = read_cpu_list(directory + "/cpulist");
  if (!cpus) return cpus.error();
  const auto memory = read_memory_total(directory + "/meminfo");
  if (!memory) return memory.error();
  auto distances = read_distances(directory + "/distance", nodes);
  if (!distances) return distances.error();
  auto huge_pages = read_huge_pages(directory + "/hugepages");
  if (!huge_pages) return huge_pages.error();
  return numa_node{id, intersect(cpus.value(), online), memory.value(),
                   std::move(distances).value(), std::move(huge_pages).value()};
}

result<numa_node> read_only_node(const std::string& root) {
  const auto memory = read_memory_total(root + "/proc/meminfo");
  if (!memory) return memory.error();
  auto huge_pages = read_huge_pages(root + "/sys/kernel/mm/hugepages");
  if (!huge_pages) return huge_pages.error();
  return numa_node{.memory_bytes = memory.value(), .huge_pages = std::move(huge_pages).value()};
}

}  // namespace

result<std::vector<numa_node>> read_numa_nodes(const std::string& root, const cpu_list& online) {
  const std::string directory = root + "/sys/devices/system/node";
  const auto ids = read_cpu_list_if_there(directory + "/online");
  if (!ids) return ids.error();
  std::vector<numa_node> nodes;
  const cpu_list all = ids.value().value_or(cpu_list());
  for (const unsigned id : all) {
    auto node = read_node(directory + "/node" + std::to_string(id), id, online, all.size());
    if (!node) return node.error();
    nodes.push_back(std::move(node).value());
  }
  if (!nodes.empty()) return nodes;
  auto only = read_only_node(root);
  if (!only) return only.error();
  nodes.push_back(std::move(only).value());
  return nodes;
}

}  // namespace shoal::topology
