// What a sleeping thread's stack remembers. Where a signal would end its sleep early its stack
// cannot be asked for; but its memory is ours, too, and the addresses it will return to stand in
// it, among others that it has returned from.
#pragma once

#include <cstdint>
#include <string>

namespace shoal::cluster {

/// Names of this program's functions (not of shared libraries) whose addresses stand above
/// `stack_pointer`, innermost first, a line for each; at most 24. Empty where there are none. The
/// thread is not disturbed, and may run meanwhile: then it is worth less. Needs a symbolizer that
/// is set up (install_stack_capture). Cost: some milliseconds.
[[nodiscard]] std::string calls_remembered(std::uint64_t stack_pointer);

}  // namespace shoal::cluster
