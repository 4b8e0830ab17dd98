// What only trying tells: whether the kernel lets this user have what a server would ask it for. A
// filter, a security module and a missing feature show in no file.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "shoal/cluster/options.h"
#include "topology/machine.h"
#include "topology/placement.h"

namespace shoal::tool {

/// What was refused, and how; nothing where all went well or nobody wants it.
struct trial_results {
  std::optional<error> uring;
  std::optional<error> seccomp;
  /// The mechanism that connections would be given out by, "ebpf, least-loaded"; "" if none can.
  std::string dispatch;
  std::string dispatch_reason;  ///< why it is not a better one, or why none can
  std::optional<error> shared_memory;
  std::optional<error> pinning;
  std::optional<error> memory_policy;
};

/// Tries all of it as a server with these options would, with sockets on a free port of 127.0.0.1,
/// and leaves nothing behind. For a process that has nothing else to do: its memory policy changes.
[[nodiscard]] trial_results try_out(const options& o, const topology::machine& machine,
                                    const topology::placement& placement);

}  // namespace shoal::tool
