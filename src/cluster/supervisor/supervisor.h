// The parent of all node processes: it forks them, hears when they are ready or gone, replaces what
// dies, and takes all of them with it when it ends. It looks at no client's bytes.
#pragma once

#include <functional>

#include "base/result.h"
#include "cluster/blueprint.h"
#include "shoal/cluster/events.h"

namespace shoal::cluster {

/// What the next generation is forked with, asked for at each reload; an error says in one line why
/// there is none.
using renew_terms = std::function<result<generation_terms>()>;

/// Runs the cluster on the calling thread until it is stopped or must give up; returns an
/// exit_code, and no child is left. TERM, INT and QUIT drain, a second one of them stops at once;
/// HUP reloads, USR1 opens the access log again, USR2 upgrades, TTIN and TTOU have one worker more
/// or fewer serve. Threads: the process must have no other when it is called.
[[nodiscard]] int supervise(blueprint& plan, const renew_terms& renew,
                            const lifecycle_hooks& hooks);

}  // namespace shoal::cluster
