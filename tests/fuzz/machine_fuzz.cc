// The kernel's files that describe a machine: lines "FILE TEXT", where FILE is the number of one of
// those below and TEXT is what it holds instead (more lines for a file are more lines of it). A
// machine that makes sense comes out, or an error that names a file; and lists of cores are written
// as they can be read again.
#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "fuzz/pieces.h"
#include "support/topology_trees.h"
#include "topology/cpu_limits.h"
#include "topology/machine.h"
#include "topology/nic.h"
#include "topology/text.h"

namespace shoal::topology {
namespace {

constexpr std::string_view files[] = {
    "sys/devices/system/cpu/online",
    "sys/devices/system/cpu/present",
    "sys/devices/system/cpu/cpu1/topology/physical_package_id",
    "sys/devices/system/cpu/cpu1/topology/thread_siblings_list",
    "sys/devices/system/cpu/cpu1/cache/index1/level",
    "sys/devices/system/cpu/cpu1/cache/index1/shared_cpu_list",
    "sys/devices/system/cpu/cpu1/cpu_capacity",
    "sys/devices/cpu_core/cpus",
    "sys/devices/cpu_atom/cpus",
    "sys/devices/system/node/online",
    "sys/devices/system/node/node1/cpulist",
    "sys/devices/system/node/node1/meminfo",
    "sys/devices/system/node/node1/distance",
    "sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages",
    "sys/class/net/eth0/device/numa_node",
    "sys/kernel/irq/40/actions",
    "proc/irq/40/effective_affinity_list",
    "proc/self/cgroup",
    "sys/fs/cgroup/cpu.max",
    "sys/fs/cgroup/cpuset.cpus.effective",
};

/// A machine with two nodes, and the files again as they were whenever an input has been read.
class world final {
 public:
  world() {
    write_machine(tree_, {.sockets = 2, .cores_per_node = 2});
    for (const std::string core : {"0", "1", "2", "3"})
      tree_.write("sys/devices/system/cpu/cpu" + core + "/cpu_capacity", "1024\n");
    for (const std::string file : {"nr_hugepages", "free_hugepages"})
      tree_.write("sys/devices/system/node/node1/hugepages/hugepages-2048kB/" + file, "0\n");
    tree_.write("sys/class/net/eth0/device/msi_irqs/40", "msix\n");
    for (const auto file : files) sound_.push_back(read_text_if_there(path(file)).value());
  }

  [[nodiscard]] const std::string& root() const noexcept { return tree_.root(); }

  void change(std::size_t file, std::string_view text) {
    tree_.write(std::string(files[file]), text);
  }

  void mend(std::size_t file) {
    if (sound_[file]) {
      change(file, *sound_[file]);
    } else {
      tree_.remove(std::string(files[file]));
    }
  }

 private:
  [[nodiscard]] std::string path(std::string_view file) const {
    return root() + "/" + std::string(file);
  }

  testing::fake_tree tree_;
  std::vector<std::optional<std::string>> sound_;
};

void check_names_a_file(const error& e, const std::string& root) {
  SHOAL_CHECK(e.message.find(root + "/") != std::string::npos);
}

void check_machine(const machine& m) {
  SHOAL_CHECK(!m.nodes.empty() && !m.cores.empty());
  std::size_t in_nodes = 0;
  for (const numa_node& node : m.nodes) {
    in_nodes += node.cpus.size();
    SHOAL_CHECK(node.distances.empty() || node.distances.size() == m.nodes.size());
    for (const unsigned cpu : node.cpus) SHOAL_CHECK(contains(m.cpus(), cpu));
  }
  SHOAL_CHECK(in_nodes == m.cores.size());
  for (const core& c : m.cores) {
    SHOAL_CHECK(c.physical <= c.id && (c.thread > 0) == (c.physical != c.id));
    SHOAL_CHECK(!contains(m.offline, c.id));
  }
}

void check_list(std::string_view text) {
  const auto cpus = parse_cpu_list(text);
  if (!cpus || cpus->empty()) return;
  SHOAL_CHECK(parse_cpu_list(format_cpu_list(*cpus)) == cpus);
}

void check_tree(const std::string& root) {
  const auto m = read_machine(root);
  if (m) {
    check_machine(m.value());
    const auto l = read_limits(root, m.value().cpus());
    if (!l) check_names_a_file(l.error(), root);
  } else {
    check_names_a_file(m.error(), root);
  }
  const auto nics = read_nics(root);
  if (!nics) check_names_a_file(nics.error(), root);
}

void check(std::string_view input) {
  static world here;
  std::vector<std::string> texts(std::size(files));
  std::vector<bool> changed(std::size(files));
  while (!input.empty()) {
    auto line = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(input.size(), line.size() + 1));
    const auto number = parse_number<std::size_t>(line.substr(0, line.find(' ')));
    if (!number || *number >= std::size(files)) continue;
    line.remove_prefix(std::min(line.size(), line.find(' ') + 1));
    check_list(line);
    texts[*number].append(line).append("\n");
    changed[*number] = true;
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (changed[i]) here.change(i, texts[i]);
  }
  check_tree(here.root());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (changed[i]) here.mend(i);
  }
}

}  // namespace
}  // namespace shoal::topology

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  shoal::topology::check(shoal::fuzz::as_text(data, size));
  return 0;
}
