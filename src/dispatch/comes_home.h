// Whether a connection goes to the NUMA node where its packets come in, from another one.
//
// Load comes before place, as in policy `local`, which has the first word: the node's workers are
// there and not much busier than others. And it shall not be the end of balance. Where a machine
// has one queue for all packets, all connections have the same node, and nobody would send them
// back before that node is overrun. So a node takes more only while its workers have about as many
// connections as those that give: where packets come in everywhere all find home, where they do not
// some stay abroad.
#pragma once

#include "dispatch/candidate.h"

namespace shoal::dispatch {

/// `self`: the worker that would give it. Threads: any. Cost: as of two policies.
[[nodiscard]] bool comes_home(candidates all, unsigned self, std::uint32_t node) noexcept;

}  // namespace shoal::dispatch
