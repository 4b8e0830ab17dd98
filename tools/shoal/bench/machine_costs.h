// What this machine asks for entering the kernel, and for waking somebody: most of what differs
// between drivers is how often they do either.
#pragma once

namespace shoal::bench {

/// Nanoseconds of the cheapest system call that does something: the best of several tries. Cost:
/// some 20 ms.
[[nodiscard]] double system_call_ns() noexcept;

/// Nanoseconds from a thread's write to an eventfd until another one, on another core, has come out
/// of its read: half of a round trip, the median of many. -1 if there is no second core, or no
/// eventfd. Cost: some 50 ms.
[[nodiscard]] double wake_ns(unsigned cpu, unsigned other_cpu);

}  // namespace shoal::bench
