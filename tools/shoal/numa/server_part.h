// Part three: the same load on the same server, placed one way and another.
#pragma once

#include <functional>

#include "base/result.h"
#include "numa/plan.h"
#include "numa/study.h"
#include "numa/watch.h"

namespace shoal::numa {

/// Fills `into.server`, and says in `into.unseen` what could not be seen; `keep` is called when
/// there is more to keep than before. What has been measured stays, whatever happens. Errors: EINTR
/// if `stop` has said so; a server that does not serve.
[[nodiscard]] result<void> measure_server(const plan& what, const watch& by,
                                          const std::function<void()>& keep, study& into);

}  // namespace shoal::numa
