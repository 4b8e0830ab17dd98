// A machine, what may be used of it, and what a server would make of that: all that `shoal topo`
// shows, gathered once and drawn as text, JSON or a picture.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "topology/cpu_limits.h"
#include "topology/machine.h"
#include "topology/nic.h"
#include "topology/placement.h"

namespace shoal::tool {

struct topo_view {
  std::string source;  ///< where the machine is from; "" for this one
  topology::machine machine;
  topology::limits limits;
  std::vector<topology::nic> nics;
  topology::wish wish;
  topology::placement plan;  ///< that it leads to
};

/// The machine of the tree below `root`, under the limits that its files say. Errors name the file,
/// or why nothing can be planned.
[[nodiscard]] result<topo_view> view_tree(const std::string& root, const topology::wish& wish);

/// One that is described: in hwloc's short notation, or by an XML file of lstopo. Without limits
/// and network devices. `description` is a path if there is such a file, or if it ends in ".xml".
[[nodiscard]] result<topo_view> view_description(const std::string& description,
                                                 const topology::wish& wish);

/// A worker where the plan has it.
struct seat {
  unsigned worker = 0;   ///< its number: processes count on from each other
  unsigned process = 0;  ///< place in placement::processes
  topology::worker_place place;
};

/// All of them, ascending by worker.
[[nodiscard]] std::vector<seat> seats_of(const topology::placement& plan);

/// What a process of the plan stands for, with the cores of it that workers may have. The id of a
/// core group says nothing.
[[nodiscard]] topology::unit unit_of(const topo_view& view, const topology::node_place& process);

/// Cores of one NUMA node and package that share a last-level cache.
struct cache_group {
  unsigned package = 0;
  unsigned llc = 0;
  std::vector<std::vector<topology::core>> physical;  ///< each with its threads
};

/// Ascending by lowest core.
[[nodiscard]] std::vector<cache_group> cache_groups(const topology::machine& machine,
                                                    unsigned node);

/// Whether caches tell cores apart. Not where there is one for all, nor where nobody has said what
/// shares one.
[[nodiscard]] bool has_several_caches(const topology::machine& machine);

/// Packages of a node's cores, or of all.
[[nodiscard]] topology::cpu_list packages_of(const topology::machine& machine);
[[nodiscard]] topology::cpu_list packages_of(const topology::machine& machine, unsigned node);

/// Whether affinity mask and cpuset leave it to us.
[[nodiscard]] bool is_allowed(const topology::limits& limits, unsigned core);

// What all three say in the same words.

/// "2 NUMA nodes, 2 packages, 16 physical cores, 32 threads, 128 GiB; switched off: 6-7"
[[nodiscard]] std::string headline(const topo_view& view);

/// "cpuset allows 4-7 (/sys/fs/cgroup/cpuset.cpus.effective)": one for each that narrows anything.
[[nodiscard]] std::vector<std::string> limits_in_words(const topo_view& view);

/// "process 1 on cache 4, node 0: workers 4-7 pinned to cores 4-7; memory bind to NUMA node 1": one
/// for each. No memory where one node has all of it.
[[nodiscard]] std::vector<std::string> processes_in_words(const topo_view& view);

/// "warning: 6 workers share 5 cores: ...", and "note: ..." of what was asked for in vain.
[[nodiscard]] std::vector<std::string> reservations_in_words(const topology::placement& plan);

/// "2 MiB pages: 512, 500 free", one for each size of which there are any.
[[nodiscard]] std::vector<std::string> huge_pages_in_words(const topology::numa_node& node);

/// "eth0 (mlx5_core) at node 1: 8 queues in, 8 out", and "queue 0 in: core 3" for each interrupt
/// that is known to be a queue's.
[[nodiscard]] std::string nic_in_words(const topology::nic& nic);
[[nodiscard]] std::vector<std::string> interrupts_in_words(const topology::nic& nic);

/// The words in lines of at most `width` bytes, later ones below `indent` spaces. A longer word
/// stays whole.
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, std::size_t width,
                                               std::size_t indent = 0);

}  // namespace shoal::tool
