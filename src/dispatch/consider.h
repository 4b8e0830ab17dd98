// From what a worker says in shared memory to what a policy may believe of it.
#pragma once

#include "base/clock.h"
#include "dispatch/candidate.h"
#include "shm/slot_reader.h"

namespace shoal::dispatch {

/// Eligible: ready, every word possible, and its turn shorter than `stall`. Its work is what it has
/// in its hands and, for each open connection, a request of its average since boot: one may come.
///
/// A frozen slot becomes ineligible as its turn ages, or when the supervisor says that its owner is
/// dead. A slot that lies within what is possible stays eligible, and its lie is bounded: what it
/// says is cut to an hour, and what it wins by dispatch/fair_share.h.
[[nodiscard]] candidate consider(const shm::slot_view& slot, nanoseconds stall) noexcept;

}  // namespace shoal::dispatch
