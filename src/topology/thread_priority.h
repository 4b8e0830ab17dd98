// Who comes first on a core that a loop and a thread that computes share. The kernel divides a core
// by weight, and lets who has had little lately go first; these two decide how much and how soon.
//
// Measured on Linux 6.18, a loop that wakes every millisecond beside a thread that never sleeps,
// both on one core: at the defaults the loop waits up to 3.9 ms; with the other at nice 10 and a
// slice of 100 us asked for by the loop, 134 us at p99 and 174 at most. The other still has 10 to
// 14 % of the core where the loop wants all of it. SCHED_IDLE would leave it 5 %, and cannot be
// left again without a privilege.
#pragma once

#include "base/clock.h"
#include "base/result.h"

namespace shoal::topology {

/// A loop's: as much as any for all that it weighs, and soon after it has woken.
inline constexpr nanoseconds loop_slice = std::chrono::microseconds(100);
/// Of a thread that computes: a tenth of nice 0.
inline constexpr int compute_nice = 10;

/// The calling thread gives way to others of its core: 0 .. 19. Cannot be taken back. It leaves a
/// realtime policy.
[[nodiscard]] result<void> lower_this_thread(int nice);

/// The calling thread runs this long at a time and has its core the sooner. Linux before 6.12
/// takes no notice, nor does a thread with a realtime policy.
[[nodiscard]] result<void> shorten_slices_of_this_thread(nanoseconds slice);

}  // namespace shoal::topology
