// Who runs where. A pure function from what there is, what is allowed and what is wished to node
// processes, their workers, the core of each and the memory of each: `plan` touches nothing, so
// that any machine can be planned for on any other. docs/placement.md has the choices for
// operators.
//
// - One node process for each unit (by default a NUMA node) that has usable cores; `nodes` asks for
//   another number. Fewer use the first units only; more share them (process p lives in unit p mod
//   real).
// - Workers by default: one for each usable core, at most the CPU quota rounded up. A quota smaller
//   than the cores is spread evenly over as few units as can hold it.
// - Physical cores come before the second threads of cores that have one already.
// - A quota names no cores. Two containers under quotas would both pin to the same first cores, so
//   where a quota decides, workers are kept on their unit's cores and not pinned to one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "topology/cpu_limits.h"
#include "topology/machine.h"
#include "topology/memory_policy.h"
#include "topology/unit.h"

namespace shoal::topology {

enum class arrangement {
  local,      ///< as above; memory of each process where its cores are
  spread,     ///< over all units, far ones first, however little is wanted
  pack,       ///< into as few units as hold what is wanted, one filled after the other
  remote,     ///< as local, but memory on the farthest other node: for study
  interleave  ///< as local, but memory page by page over all nodes
};

[[nodiscard]] std::string_view name_of(arrangement how) noexcept;
[[nodiscard]] std::optional<arrangement> parse_arrangement(std::string_view name) noexcept;

struct wish {
  std::optional<unsigned> nodes;    ///< node processes; nullopt: one for each unit
  std::optional<unsigned> workers;  ///< in each node process; nullopt: as many as make sense
  unit_choice unit{};
  arrangement how = arrangement::local;
  std::optional<memory_policy> memory{};  ///< nullopt: what the arrangement is about
  unsigned threads_per_core = 0;          ///< usable ones of a physical core, at most; 0: all
};

/// More workers than this on one machine are a slip of the finger.
inline constexpr unsigned max_workers = 4096;

struct worker_place {
  unsigned core = 0;   ///< where it is pinned, or where it would be
  bool pinned = true;  ///< false: anywhere on its node process's `cpus`
  unsigned node = 0;   ///< the NUMA node of that core
};

struct node_place {
  unsigned node = 0;    ///< the id of its unit's first NUMA node; several processes may share one
  memory_place memory;  ///< what it asks of the kernel
  cpu_list cpus;        ///< usable cores of its unit
  std::vector<worker_place> workers;
};

struct placement {
  std::vector<node_place> processes;
  std::string reason;  ///< "2 workers: the affinity mask allows 2 of 8 cores"
  std::vector<std::string> warnings;
  std::vector<std::string> shortfalls;  ///< what was asked for and is made do without

  [[nodiscard]] unsigned worker_count() const noexcept;
  /// Not all workers live on one NUMA node.
  [[nodiscard]] bool spans_nodes() const noexcept;
};

/// Of what one worker alone writes in memory that all share: as its process's own, and where that
/// lies where it is touched first, on the worker's node.
[[nodiscard]] memory_place memory_of(const machine& m, const node_place& process,
                                     const worker_place& worker);

/// Whether wishes that are right each for itself fit each other on any machine at all.
[[nodiscard]] result<void> check(const wish& w);

/// Errors: no usable core, 0 nodes, 0 workers, more than max_workers, wishes that do not fit each
/// other, `remote` on a machine without another node.
[[nodiscard]] result<placement> plan(const machine& m, const limits& l, const wish& w);

}  // namespace shoal::topology
