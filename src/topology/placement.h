// Who runs where. A pure function from what there is, what is allowed and what is wished to node
// processes, their workers and the core of each: `plan` touches nothing, so that any machine can be
// planned for on any other.
//
// - One node process for each NUMA node that has usable cores; `nodes` asks for another number.
//   Fewer use the first NUMA nodes only; more share them (process p lives on node p mod real).
// - Workers by default: one for each usable core, at most the CPU quota rounded up. A quota smaller
//   than the cores is spread evenly over as few NUMA nodes as can hold it.
// - Physical cores come before the second threads of cores that have one already.
// - A quota names no cores. Two containers under quotas would both pin to the same first cores, so
//   where a quota decides, workers are kept on their node's cores and not pinned to one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "topology/cpu_limits.h"
#include "topology/machine.h"

namespace shoal::topology {

struct wish {
  std::optional<unsigned> nodes;    ///< node processes; nullopt: one for each NUMA node
  std::optional<unsigned> workers;  ///< in each node process; nullopt: as many as make sense
};

/// More workers than this on one machine are a slip of the finger.
inline constexpr unsigned max_workers = 4096;

struct worker_place {
  unsigned core = 0;   ///< where it is pinned, or where it would be
  bool pinned = true;  ///< false: anywhere on its node process's `cpus`
};

struct node_place {
  unsigned node = 0;        ///< the NUMA node's id; several processes may share one
  bool memory_here = true;  ///< false: the node has no memory of its own, no policy makes sense
  cpu_list cpus;            ///< usable cores of that NUMA node
  std::vector<worker_place> workers;
};

struct placement {
  std::vector<node_place> processes;
  std::string reason;  ///< "2 workers: the affinity mask allows 2 of 8 cores"
  std::vector<std::string> warnings;

  [[nodiscard]] unsigned worker_count() const noexcept;
  /// Not all processes live on one NUMA node.
  [[nodiscard]] bool spans_nodes() const noexcept;
};

/// Errors: no usable core, 0 nodes, 0 workers, more than max_workers.
[[nodiscard]] result<placement> plan(const machine& m, const limits& l, const wish& w);

}  // namespace shoal::topology
