// What one node process stands for: a part of the machine whose cores share something. A NUMA node
// shares memory, and is the default; a last-level cache, a socket or a few cores can be what a
// program is happier with, and all cores together what it is compared with.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "topology/machine.h"

namespace shoal::topology {

enum class unit_kind {
  numa,
  llc,         ///< a last-level cache
  package,     ///< a socket
  core_group,  ///< so many cores of one NUMA node
  none         ///< all cores: one process
};

struct unit_choice {
  unit_kind kind = unit_kind::numa;
  unsigned cores = 0;  ///< of a core_group: 1 or more

  /// As parse_unit() reads it.
  [[nodiscard]] std::string show() const;
  bool operator==(const unit_choice&) const = default;
};

/// "numa", "llc", "package", "core-group:4" or "none".
[[nodiscard]] std::optional<unit_choice> parse_unit(std::string_view text) noexcept;

/// "NUMA node", "last-level cache", "socket", "core group", "machine".
[[nodiscard]] std::string_view name_of(unit_kind kind) noexcept;

struct unit {
  unsigned id = 0;  ///< of the NUMA node, of the cache (its lowest core), of the socket, ...
  std::vector<core> cores;      ///< usable ones, ascending by id; never empty
  std::vector<unsigned> nodes;  ///< NUMA nodes that they are on, ascending

  [[nodiscard]] cpu_list cpus() const;
};

/// Those that have usable cores, by NUMA node and then by lowest core. A core group takes the
/// threads of a physical core together; the last of a node may be smaller than asked.
[[nodiscard]] std::vector<unit> units_of(const machine& m, const cpu_list& usable,
                                         const unit_choice& choice);

/// The first `most` usable threads of each physical core. 0: all.
[[nodiscard]] cpu_list limit_threads(const machine& m, const cpu_list& usable, unsigned most);

/// In which order the cores of a unit are taken.
enum class core_order {
  physical_first,  ///< first threads of all physical cores, then the second ones
  node_by_node,    ///< likewise, but one NUMA node after the other
  round_the_nodes  ///< likewise, one of each NUMA node in turn
};

[[nodiscard]] std::vector<unsigned> order_of(const unit& u, core_order order);

}  // namespace shoal::topology
