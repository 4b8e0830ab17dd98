// The end of a child, heard of before it is buried.
//
// waitpid takes apart what /proc shows of a process, and spins in the kernel until its threads have
// done so for themselves. One of these may wait long for a core, and the spinning keeps it from
// getting one: on a machine with six runnable threads for each core, supervisors were seen to be
// deaf for 0.1 to 3.6 s after a process had ended. A second later all of them are gone, and it
// takes microseconds.
#pragma once

#include <sys/types.h>

#include <optional>

namespace shoal::cluster {

/// As waitpid tells it. Nothing: it has not ended. It stays a zombie, whose pid nobody else gets.
[[nodiscard]] std::optional<int> status_of_ended(pid_t child) noexcept;

void bury(pid_t child) noexcept;

}  // namespace shoal::cluster
