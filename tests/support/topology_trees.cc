#include "support/topology_trees.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/check.h"

namespace shoal::testing {
namespace {

const std::string cpu_directory = "sys/devices/system/cpu/";
const std::string node_directory = "sys/devices/system/node/";

std::string join(const std::vector<unsigned>& numbers) {
  std::string text;
  for (const unsigned n : numbers) text += (text.empty() ? "" : ",") + std::to_string(n);
  return text + "\n";
}

unsigned physical_cores(const machine_shape& s) {
  return s.sockets * s.nodes_per_socket * s.cores_per_node;
}

/// Logical cores of the physical cores first .. first + count - 1.
std::vector<unsigned> threads_of(const machine_shape& s, unsigned first, unsigned count) {
  std::vector<unsigned> cpus;
  for (unsigned thread = 0; thread < s.threads_per_core; ++thread) {
    for (unsigned i = 0; i < count; ++i) cpus.push_back(thread * physical_cores(s) + first + i);
  }
  return cpus;
}

void write_cpu(fake_tree& tree, const machine_shape& s, unsigned cpu) {
  const unsigned physical = cpu % physical_cores(s);
  const unsigned package = physical / (s.nodes_per_socket * s.cores_per_node);
  const unsigned per_cache = std::max(1U, s.cores_per_node / s.caches_per_node);
  const std::string directory = cpu_directory + "cpu" + std::to_string(cpu);
  tree.write(directory + "/topology/physical_package_id", std::to_string(package) + "\n");
  tree.write(directory + "/topology/thread_siblings_list", join(threads_of(s, physical, 1)));
  tree.write(directory + "/cache/index0/level", "1\n");
  tree.write(directory + "/cache/index0/shared_cpu_list", join(threads_of(s, physical, 1)));
  tree.write(directory + "/cache/index1/level", "3\n");
  tree.write(directory + "/cache/index1/shared_cpu_list",
             join(threads_of(s, physical / per_cache * per_cache, per_cache)));
}

void write_node(fake_tree& tree, unsigned id, const std::vector<unsigned>& cpus,
                std::uint64_t kib) {
  const std::string directory = node_directory + "node" + std::to_string(id);
  tree.write(directory + "/cpulist", join(cpus));
  tree.write(directory + "/meminfo",
             "Node " + std::to_string(id) + " MemTotal:       " + std::to_string(kib) + " kB\n");
}

std::vector<unsigned> without(std::vector<unsigned> cpus, const std::vector<unsigned>& gone) {
  std::erase_if(
      cpus, [&](unsigned cpu) { return std::find(gone.begin(), gone.end(), cpu) != gone.end(); });
  return cpus;
}

void write_lists(fake_tree& tree, const machine_shape& s, const std::vector<unsigned>& offline) {
  tree.write(cpu_directory + "online", join(without(threads_of(s, 0, physical_cores(s)), offline)));
  std::vector<unsigned> nodes;
  for (unsigned node = 0; node < s.sockets * s.nodes_per_socket; ++node) {
    nodes.push_back(node);
    const auto cpus = threads_of(s, node * s.cores_per_node, s.cores_per_node);
    write_node(tree, node, without(cpus, offline), s.node_memory_kib);
  }
  tree.write(node_directory + "online", join(nodes));
}

}  // namespace

fake_tree::fake_tree() {
  // Hundreds of small files: a second and more on a disk that is busy.
  const bool in_memory = ::access("/dev/shm", W_OK) == 0;
  const std::filesystem::path above =
      in_memory ? "/dev/shm" : std::filesystem::temp_directory_path();
  std::string name = above / "shoal_tree_XXXXXX";
  SHOAL_CHECK(::mkdtemp(name.data()) != nullptr);
  root_ = name;
}

fake_tree::~fake_tree() {
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

void fake_tree::write(const std::string& path, std::string_view text) {
  const std::filesystem::path file = root_ + "/" + path;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text;
  SHOAL_CHECK(out.good());
}

void fake_tree::link(const std::string& path, const std::string& target) {
  const std::filesystem::path file = root_ + "/" + path;
  std::filesystem::create_directories(file.parent_path());
  std::filesystem::create_symlink(target, file);
}

void fake_tree::remove(const std::string& path) { std::filesystem::remove_all(root_ + "/" + path); }

void write_machine(fake_tree& tree, const machine_shape& s) {
  for (unsigned cpu = 0; cpu < physical_cores(s) * s.threads_per_core; ++cpu)
    write_cpu(tree, s, cpu);
  write_lists(tree, s, {});
}

void add_memory_only_node(fake_tree& tree, unsigned id, std::uint64_t kib) {
  write_node(tree, id, {}, kib);
  tree.write(node_directory + "online", "0-" + std::to_string(id) + "\n");
}

void take_offline(fake_tree& tree, const machine_shape& s, const std::vector<unsigned>& cpus) {
  write_lists(tree, s, cpus);
  for (const unsigned cpu : cpus) {
    tree.remove(cpu_directory + "cpu" + std::to_string(cpu) + "/topology");
    tree.remove(cpu_directory + "cpu" + std::to_string(cpu) + "/cache");
  }
}

void join_cgroup(fake_tree& tree, const std::string& path) {
  tree.write("proc/self/cgroup", "0::" + path + "\n");
}

}  // namespace shoal::testing
