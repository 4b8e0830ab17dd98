// What a process may do beyond its user (capabilities(7)), and how it gives that up.
#pragma once

#include "base/result.h"
#include "cluster/rights/run_as.h"

namespace shoal::cluster {

/// Numbers of the kernel's.
enum class right : unsigned { kill = 5, set_groups = 6, set_user = 7 };

/// Whether the calling thread has it now.
[[nodiscard]] bool has_right(right which) noexcept;

/// From now on nothing that this process executes gains a right that it has not: no set-user-ID
/// program, no file capability.
void gain_no_rights() noexcept;

/// The process becomes this user, without any capability and without a way back; its memory and
/// its /proc are closed to others of that user, and it leaves no core. Before that it lets itself
/// lock any amount of memory, if it may: a ring's queues count as that for everybody but root, and
/// all rings of a user together. For a process that has one thread. The kernel forgets at this who
/// wanted to be told of the parent's death. After an error the process must end.
[[nodiscard]] result<void> become(const run_as& who);

}  // namespace shoal::cluster
