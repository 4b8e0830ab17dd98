// The first process of a PID namespace, which a container's program is without an init of its own:
// all that lose their parent become its children, and a signal whose action is the default one
// never reaches it.
//
// The supervisor buries children that it has forked, each in its own time, and must not take an end
// from them that is theirs. So the first process stands above it and does nothing else: it passes
// signals on and buries whoever has ended.
#pragma once

namespace shoal::cluster {

/// Where this process is number 1: the program goes on in a child of it, as if nothing had
/// happened, and number 1 ends as that child does; whoever is left then dies with the namespace.
/// Threads: a process that has others stays as it is, since a child would not have them.
void leave_first_process();

/// This process is such a child: when it ends, all end.
[[nodiscard]] bool is_below_first_process() noexcept;

}  // namespace shoal::cluster
