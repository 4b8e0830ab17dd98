// How likely each worker gets the next connection while nobody looks: what `cbpf` compiles.
//
// The kernel draws with these for some milliseconds, so what seems best must not get everything: it
// would be swamped (a stale argmin is worse than chance). A worker's share falls with its predicted
// work instead, and none has more than twice its fair share, whatever it claims.
#pragma once

#include <cstdint>
#include <span>

#include "dispatch/candidate.h"

namespace shoal::dispatch {

/// shares[i] for all[i], of the same size; 0: nothing. All zero if nobody may take anything.
void weigh(candidates all, std::span<std::uint32_t> shares) noexcept;

}  // namespace shoal::dispatch
