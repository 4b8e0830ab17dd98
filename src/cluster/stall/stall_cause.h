// Why a turn lasts: from two looks at its thread to one cause. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "cluster/stall/stall_facts.h"

namespace shoal::cluster {

enum class stall_cause {
  computes,  ///< it has had its core for half of the time between the looks, or more
  starved,   ///< it could run, and the core ran others
  blocked,   ///< it sleeps in a system call
  paged,     ///< it waits for its own memory to come from storage
  stopped,   ///< SIGSTOP, a debugger, the freezer
  over,      ///< it waits in its loop: the turn has ended since
  unclear
};

[[nodiscard]] stall_cause classify(const thread_facts& earlier, const thread_facts& later) noexcept;

/// "handler computes: on its core for 9.8 of the last 10.0 ms", "blocked in read(7)", ...
[[nodiscard]] std::string show_cause(stall_cause cause, const thread_facts& earlier,
                                     const thread_facts& later);

/// "read", or "system call 500" for one that is not known to block.
[[nodiscard]] std::string name_of_call(long number);

/// Whether the call goes on as if nothing had been when a signal has interrupted it, given
/// SA_RESTART (signal(7)). Those with a timeout do not, nor those that wait for readiness. For a
/// call on a socket ask it for its timeouts, too.
[[nodiscard]] bool is_restarted(const thread_facts& facts) noexcept;

/// Whether the call's first argument is a descriptor.
[[nodiscard]] bool takes_descriptor(const thread_facts& facts) noexcept;

}  // namespace shoal::cluster
