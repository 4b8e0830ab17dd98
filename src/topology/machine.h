// The machine as the kernel describes it under <root>/sys: NUMA nodes, cores, who shares what.
//
// "Core" is what the kernel calls a CPU: with SMT, one hardware thread. Read once at start; a core
// that goes offline later makes its pinned worker run elsewhere, which the kernel does by itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "topology/cpu_list.h"

namespace shoal::topology {

struct core {
  unsigned id = 0;
  unsigned node = 0;     ///< the NUMA node it belongs to
  unsigned package = 0;  ///< the socket; 0 where the kernel does not say
  unsigned llc = 0;      ///< the lowest core that shares its last-level cache (else its package)
  unsigned thread = 0;   ///< its place among the threads of one physical core: 0 is the first
};

struct numa_node {
  unsigned id = 0;
  cpu_list cpus;                   ///< online ones; empty for a node of memory alone
  std::uint64_t memory_bytes = 0;  ///< 0 for a node of cores alone, or if the kernel does not say
};

struct machine {
  std::vector<numa_node> nodes;  ///< online ones, ascending by id; never empty
  std::vector<core> cores;       ///< online ones, ascending by id; never empty

  [[nodiscard]] cpu_list cpus() const;
};

/// Reads <root>/sys/devices/system/{node,cpu}. A kernel without NUMA gives one node 0 with all
/// cores. What does not parse, or contradicts itself, is an error that names the file.
[[nodiscard]] result<machine> read_machine(const std::string& root = "/");

}  // namespace shoal::topology
