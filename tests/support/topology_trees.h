// Machines that nobody has at hand: trees of /sys and /proc files in a temporary directory, as the
// kernel would show them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::testing {

/// A directory with files, removed with all it holds at its owner's end.
class fake_tree final {
 public:
  fake_tree();
  fake_tree(const fake_tree&) = delete;
  fake_tree& operator=(const fake_tree&) = delete;
  ~fake_tree();

  [[nodiscard]] const std::string& root() const noexcept { return root_; }

  /// Creates or replaces <root>/<path>, and the directories on the way.
  void write(const std::string& path, std::string_view text);
  /// A symbolic link there, whether or not something is at its end.
  void link(const std::string& path, const std::string& target);
  void remove(const std::string& path);

 private:
  std::string root_;
};

struct machine_shape {
  unsigned sockets = 1;
  unsigned nodes_per_socket = 1;
  unsigned cores_per_node = 4;  ///< physical ones
  unsigned threads_per_core = 1;
  unsigned caches_per_node = 1;  ///< last-level caches
  std::uint64_t node_memory_kib = 1 << 20;
};

/// /sys/devices/system/{cpu,node} of such a machine. Cores are numbered as Linux does it on x86:
/// the first threads of all, node by node, then the second threads in the same order.
void write_machine(fake_tree& tree, const machine_shape& shape);

/// A node after all others that has memory and no cores (CXL, persistent memory).
void add_memory_only_node(fake_tree& tree, unsigned id, std::uint64_t kib);

/// What the kernel changes when these cores go offline.
void take_offline(fake_tree& tree, const machine_shape& shape, const std::vector<unsigned>& cpus);

/// The process's cgroup, version 2.
void join_cgroup(fake_tree& tree, const std::string& path);

}  // namespace shoal::testing
