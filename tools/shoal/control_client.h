// One request to a control socket, and what comes of it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/descriptor.h"

namespace shoal::tool {

struct control_call {
  std::string verb;                 ///< GET or POST
  std::string target;               ///< "/v1/reload"
  bool json = false;                ///< else as lines for people
  monotonic_time deadline = never;  ///< of all of it
};

struct control_reply {
  int status = 0;       ///< 0: none has come, and `failure` says why
  std::string failure;  ///< also where an answer ends before its end
};

/// Gives each piece of the body to `take` as it comes, until the answer's end; false from there
/// ends it. `socket` is non-blocking.
[[nodiscard]] control_reply ask(
    const descriptor& socket, const control_call& call,
    const std::function<bool(int status, std::string_view piece)>& take);

/// Until `source` is readable; false: the deadline came first.
[[nodiscard]] bool wait_until_readable(int source, monotonic_time deadline);

}  // namespace shoal::tool
