#include "support/tree_file.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <vector>

#include "base/check.h"
#include "topology/cpu_list.h"
#include "topology/text.h"

namespace shoal::testing {
namespace {

using topology::cpu_list;

const std::string cpu_directory = "sys/devices/system/cpu/";
const std::string node_directory = "sys/devices/system/node/";

struct described_core {
  unsigned package = 0;
  unsigned number = 0;  ///< of the physical core, within all
  cpu_list threads;
  cpu_list cache;
};

struct described_node {
  std::uint64_t mebibytes = 0;
  cpu_list cpus;
  std::string distances;
};

struct description {
  std::map<unsigned, described_core> cores;
  std::map<unsigned, described_node> nodes;
  cpu_list offline;
  unsigned physical = 0;
};

/// In the order in which they are named, which parse_cpu_list does not keep.
std::vector<unsigned> in_order(const std::string& text) {
  std::vector<unsigned> all;
  std::stringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    const auto some = topology::parse_cpu_list(part);
    SHOAL_CHECK(some.has_value());
    all.insert(all.end(), some->begin(), some->end());
  }
  return all;
}

std::string list_of(const cpu_list& cpus) {
  return (cpus.empty() ? "" : topology::format_cpu_list(cpus)) + "\n";
}

/// "00000001,80000000": words of 32 bits, the highest first.
std::string mask_of(const cpu_list& cpus) {
  const std::size_t words = cpus.empty() ? 1 : cpus.back() / 32 + 1;
  std::string text;
  for (std::size_t word = words; word-- > 0;) {
    unsigned bits = 0;
    for (const unsigned cpu : cpus) bits |= cpu / 32 == word ? 1U << cpu % 32 : 0;
    char shown[16];
    std::snprintf(shown, sizeof shown, "%08x", bits);
    text += shown + std::string(word == 0 ? "\n" : ",");
  }
  return text;
}

cpu_list without(const cpu_list& cpus, const cpu_list& gone) {
  cpu_list rest;
  for (const unsigned cpu : cpus) {
    if (!topology::contains(gone, cpu)) rest.push_back(cpu);
  }
  return rest;
}

void read_cache(std::istringstream& words, description& d) {
  described_core core;
  words >> core.package;
  std::vector<std::vector<unsigned>> lists;
  for (std::string word; words >> word;) {
    lists.push_back(in_order(word));
    core.cache.insert(core.cache.end(), lists.back().begin(), lists.back().end());
  }
  std::sort(core.cache.begin(), core.cache.end());
  for (std::size_t i = 0; i < lists.front().size(); ++i) {
    core.threads.clear();
    for (const auto& list : lists) core.threads.push_back(list[i]);
    std::sort(core.threads.begin(), core.threads.end());
    core.number = d.physical++;
    for (const unsigned cpu : core.threads) d.cores[cpu] = core;
  }
}

void read_node(std::istringstream& words, description& d) {
  unsigned id = 0;
  std::string cpus;
  described_node node;
  words >> id >> node.mebibytes >> cpus;
  if (cpus != "-") node.cpus = topology::parse_cpu_list(cpus).value();
  std::getline(words >> std::ws, node.distances);
  d.nodes[id] = node;
}

void write_huge_pages(fake_tree& tree, std::istringstream& words) {
  std::string node, kibibytes, total, free;
  words >> node >> kibibytes >> total >> free;
  const auto pool = node_directory + "node" + node + "/hugepages/hugepages-" + kibibytes + "kB/";
  tree.write(pool + "nr_hugepages", total + "\n");
  tree.write(pool + "free_hugepages", free + "\n");
}

void write_nic(fake_tree& tree, std::istringstream& words) {
  std::string name, driver, node, core;
  unsigned queues = 0;
  unsigned interrupt = 0;
  words >> name >> driver >> node >> queues >> interrupt;
  const auto directory = "sys/class/net/" + name;
  tree.write(directory + "/device/numa_node", node + "\n");
  tree.link(directory + "/device/driver", "../../../../bus/pci/drivers/" + driver);
  for (unsigned queue = 0; queue < queues; ++queue) {
    const auto number = std::to_string(interrupt + queue);
    const auto at = std::to_string(queue);
    tree.write(directory + "/queues/rx-" + at + "/rps_cpus", "0\n");
    tree.write(directory + "/queues/tx-" + at + "/xps_cpus", "0\n");
    tree.write(directory + "/device/msi_irqs/" + number, "msix\n");
    tree.write("sys/kernel/irq/" + number + "/actions", name + "-TxRx-" + at + "\n");
    if (words >> core) tree.write("proc/irq/" + number + "/effective_affinity_list", core + "\n");
  }
}

void write_each(fake_tree& tree, std::istringstream& words) {
  std::string cpus, path, is, content;
  words >> cpus >> path >> is;
  std::getline(words >> std::ws, content);
  const cpu_list each = topology::parse_cpu_list(cpus).value();
  for (const unsigned cpu : each)
    tree.write(cpu_directory + "cpu" + std::to_string(cpu) + "/" + path, content + "\n");
}

void write_core(fake_tree& tree, const description& d, unsigned cpu, const described_core& core) {
  const auto directory = cpu_directory + "cpu" + std::to_string(cpu);
  cpu_list package;
  for (const auto& [other, its] : d.cores) {
    if (its.package == core.package && !topology::contains(d.offline, other))
      package.push_back(other);
  }
  const cpu_list threads = without(core.threads, d.offline);
  tree.write(directory + "/topology/physical_package_id", std::to_string(core.package) + "\n");
  tree.write(directory + "/topology/core_id", std::to_string(core.number) + "\n");
  tree.write(directory + "/topology/thread_siblings_list", list_of(threads));
  tree.write(directory + "/topology/thread_siblings", mask_of(threads));
  tree.write(directory + "/topology/core_siblings", mask_of(package));
  for (const unsigned level : {2U, 3U}) {
    const cpu_list shared = level < 3 ? threads : without(core.cache, d.offline);
    const auto cache = directory + "/cache/index" + std::to_string(level - 2);
    tree.write(cache + "/level", std::to_string(level) + "\n");
    tree.write(cache + "/type", "Unified\n");
    tree.write(cache + "/shared_cpu_list", list_of(shared));
    tree.write(cache + "/shared_cpu_map", mask_of(shared));
  }
}

void write_node(fake_tree& tree, const description& d, unsigned id, const described_node& node) {
  const auto directory = node_directory + "node" + std::to_string(id);
  const cpu_list cpus = without(node.cpus, d.offline);
  tree.write(directory + "/cpulist", list_of(cpus));
  tree.write(directory + "/cpumap", mask_of(cpus));
  tree.write(directory + "/distance", node.distances + "\n");
  tree.write(directory + "/meminfo", "Node " + std::to_string(id) + " MemTotal:       " +
                                         std::to_string(node.mebibytes * 1024) + " kB\n");
}

void write_all(fake_tree& tree, const description& d) {
  cpu_list present, nodes;
  for (const auto& [cpu, core] : d.cores) {
    present.push_back(cpu);
    if (topology::contains(d.offline, cpu)) {
      tree.write(cpu_directory + "cpu" + std::to_string(cpu) + "/online", "0\n");
    } else {
      write_core(tree, d, cpu, core);
    }
  }
  tree.write(cpu_directory + "present", list_of(present));
  tree.write(cpu_directory + "possible", list_of(present));
  tree.write(cpu_directory + "online", list_of(without(present, d.offline)));
  for (const auto& [id, node] : d.nodes) {
    nodes.push_back(id);
    write_node(tree, d, id, node);
  }
  if (!nodes.empty()) tree.write(node_directory + "online", list_of(nodes));
}

}  // namespace

void write_tree(fake_tree& tree, std::string_view text) {
  description d;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first, second;
    words >> first;
    if (first.empty() || first[0] == '#') continue;
    if (first == "each") {
      write_each(tree, words);
    } else if (const auto is = line.find(" = "); is != std::string::npos) {
      tree.write(line.substr(0, is), line.substr(is + 3) + "\n");
    } else if (first == "cache") {
      read_cache(words, d);
    } else if (first == "node") {
      read_node(words, d);
    } else if (first == "huge") {
      write_huge_pages(tree, words);
    } else if (first == "nic") {
      write_nic(tree, words);
    } else {
      SHOAL_CHECK(first == "offline" && words >> second);
      d.offline = topology::parse_cpu_list(second).value();
    }
  }
  write_all(tree, d);
}

std::string tree_description(const std::string& name) {
  std::ifstream file(std::string(SHOAL_TREES) + "/" + name + ".tree");
  SHOAL_CHECK(file.good());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace shoal::testing
