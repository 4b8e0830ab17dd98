// Which server a command is for, and how to talk to it: the load segment says where its control
// socket lies, and the kernel who listens there.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/descriptor.h"

namespace shoal::tool {

struct control_connection {
  int exit_code = 0;  ///< exit_ok, or why there is none, and `why` in words
  std::string why;
  descriptor socket;  ///< non-blocking
  descriptor
      process;  ///< its pidfd: readable when the supervisor has ended; none if that is refused
};

/// To the server that process `pid` belongs to, or to the only one that runs.
[[nodiscard]] control_connection connect_to_server(std::optional<std::uint64_t> pid);

}  // namespace shoal::tool
