// A route's handler with the hooks and onions around it.
#pragma once

#include <vector>

#include "shoal/http/handler.h"
#include "shoal/http/hooks.h"

namespace shoal::http {

struct chain {
  std::vector<before_hook> before;  ///< in the order they run
  std::vector<middleware> around;   ///< outermost first
  std::vector<after_hook> after;    ///< in the order they run
  endpoint inner;
};

/// One endpoint that does all of it: `inner` itself where there is nothing around, and no coroutine
/// where nothing is one.
[[nodiscard]] endpoint link(chain parts);

}  // namespace shoal::http
