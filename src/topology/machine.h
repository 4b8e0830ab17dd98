// The machine as the kernel describes it under <root>/sys: NUMA nodes, cores, who shares what.
//
// "Core" is what the kernel calls a CPU: with SMT, one hardware thread. Read once at start; a core
// that goes offline later makes its pinned worker run elsewhere, which the kernel does by itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "topology/cpu_list.h"

namespace shoal::topology {

/// What a core is made for, where a machine has several sorts.
enum class core_kind : std::uint8_t {
  unknown,      ///< all are alike, or the kernel does not say
  performance,  ///< a P-core, or what ARM calls big
  efficiency,   ///< an E-core, or little
};

struct core {
  unsigned id = 0;
  unsigned node = 0;      ///< the NUMA node it belongs to
  unsigned package = 0;   ///< the socket; 0 where the kernel does not say
  unsigned llc = 0;       ///< the lowest core that shares its last-level cache (else its package)
  unsigned thread = 0;    ///< its place among the threads of one physical core: 0 is the first
  unsigned physical = 0;  ///< the lowest core of the same physical one; itself without SMT
  core_kind kind = core_kind::unknown;
};

/// Pages of one size that are set aside on a node.
struct huge_page_pool {
  std::uint64_t page_bytes = 0;
  std::uint64_t total = 0;            ///< pages, not bytes
  std::optional<std::uint64_t> free;  ///< nullopt: not said, by descriptions of other machines
};

struct numa_node {
  unsigned id = 0;
  cpu_list cpus;                   ///< online ones; empty for a node of memory alone
  std::uint64_t memory_bytes = 0;  ///< 0 for a node of cores alone, or if the kernel does not say
  /// To each of machine::nodes, in their order; the firmware's word, 10 for its own memory. Empty
  /// if the kernel does not say.
  std::vector<unsigned> distances = {};
  std::vector<huge_page_pool> huge_pages = {};  ///< ascending by size
};

struct machine {
  std::vector<numa_node> nodes;  ///< online ones, ascending by id; never empty
  std::vector<core> cores;       ///< online ones, ascending by id; never empty
  cpu_list offline = {};         ///< cores that are there and switched off

  [[nodiscard]] cpu_list cpus() const;
};

/// Reads <root>/sys/devices/system/{node,cpu}, and cpu_core and cpu_atom beside them. A kernel
/// without NUMA gives one node 0 with all cores. What does not parse, or contradicts itself, is an
/// error that names the file.
[[nodiscard]] result<machine> read_machine(const std::string& root = "/");

}  // namespace shoal::topology
