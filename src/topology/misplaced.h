// Whether pages lie where they were planned to be: plan against fact, for a warning that names what
// lies elsewhere. What a process has from before its fork has no plan.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "topology/memory_policy.h"
#include "topology/page_places.h"
#include "topology/placement.h"

namespace shoal::topology {

/// What is said of a process's memory, and where its workers are.
struct memory_expectation {
  memory_place where;
  std::vector<unsigned> worker_nodes;  ///< ids, ascending: what counts where there is no policy

  /// Nodes that its pages may lie on.
  [[nodiscard]] const std::vector<unsigned>& planned() const noexcept {
    return where.policy == memory_policy::local ? worker_nodes : where.nodes;
  }
};

[[nodiscard]] memory_expectation expectation_of(const node_place& process);

/// As page_places.h takes them.
[[nodiscard]] std::vector<unsigned> node_ids(const machine& m);

/// Whether a plan speaks of this kind: of what a process touches first.
[[nodiscard]] bool is_planned(page_kind kind) noexcept;

/// On other nodes than planned, of all kinds that a plan speaks of, in thousandths.
[[nodiscard]] unsigned remote_permille(const memory_expectation& expected,
                                       std::span<const unsigned> nodes, const page_places& found);

struct misplacement {
  std::optional<page_kind> kind;  ///< nullopt: all of them together
  std::string text;               ///< for a log
};

/// A kind of which fewer than 95 % are where they should be, or, where pages are interleaved, nodes
/// whose share is more than 5 points from an equal one. A handful of pages is too few to say.
[[nodiscard]] std::vector<misplacement> find_misplaced(const memory_expectation& expected,
                                                       std::span<const unsigned> nodes,
                                                       const page_places& found);

}  // namespace shoal::topology
