#pragma once

namespace shoal::cluster {

/// From now on a fatal signal in this process (SEGV, BUS, FPE, ILL, ABRT, TRAP, SYS) writes the
/// failing thread's stack to stderr, with names where the program has symbols, and then takes its
/// course. For a node process, after fork: the supervisor's line about the end follows it.
///
/// Threads   all; a stack that has overflowed is not told about, since workers have no second one
/// Cost      nothing until a crash
void install_crash_report() noexcept;

}  // namespace shoal::cluster
