// The stack of another thread of this process, while that thread goes on. A signal is sent to it
// alone; its handler walks the stack into a buffer that is there already, and the asker puts names
// to the addresses.
//
// A signal can be felt: a call that sleeps ends with EINTR where SA_RESTART does not apply. So a
// thread is only signalled while it runs or sleeps in a call that is restarted; see may_be_asked().
// Between that look and the signal it may have gone to sleep for a time: then one nanosleep(2),
// poll(2) or the like ends early, as with any signal. The C++ library's sleep_for and waits go on.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/clock.h"
#include "cluster/stall/stall_facts.h"

namespace shoal::cluster {

/// The signal that is ours in a node process: SIGRTMAX - 2. Never blocked in a worker.
[[nodiscard]] int stack_signal() noexcept;

/// For a node process, before its threads begin: takes the signal, and loads what a handler must
/// not (the unwinder).
void install_stack_capture() noexcept;

/// Whether a signal to a thread found so changes nothing for it.
[[nodiscard]] bool may_be_asked(const thread_facts& facts) noexcept;

/// One line for each frame, each with a newline, innermost first; at most 48. Or one line in
/// brackets that says why there is none: the thread has not answered within `patience` (it is in an
/// uninterruptible call, blocks the signal, or has no core), or is gone. Any thread but `thread`;
/// several askers wait for each other. Cost: some milliseconds for the names.
[[nodiscard]] std::string stack_of(pid_t thread, nanoseconds patience);

}  // namespace shoal::cluster
