// Whether the descriptors suffice, judged before the first fork: a server that runs out of them
// under load refuses its clients, and one that refuses to start tells its operator.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace shoal::cluster {

struct descriptor_needs {
  unsigned processes = 1;
  unsigned workers = 1;          ///< of each process
  unsigned addresses = 1;        ///< listened on
  unsigned inherited = 3;        ///< open already
  unsigned max_connections = 0;  ///< wanted for each worker; 0: as many as there is room for
};

/// Raises the soft limit to the hard one and returns it.
[[nodiscard]] result<std::uint64_t> raise_descriptor_limit();

/// Connections that each worker may hold under `limit` descriptors for each process: a tenth stays
/// free for what handlers open, and what is left after our own is shared out. An error says what
/// would be needed.
[[nodiscard]] result<unsigned> connections_for_each_worker(const descriptor_needs& needs,
                                                           std::uint64_t limit);

/// Lets the kernel make this process's table of descriptors large enough for so many, within a
/// limit of its own (8 bytes each, in the kernel). For a process that still has one thread: when a
/// table that threads share grows later, each time it doubles, all that accept or open anything
/// stand still for an RCU grace period, which is 10 ms on a calm machine and seconds on a busy one.
void make_room_for_descriptors(std::uint64_t count) noexcept;

}  // namespace shoal::cluster
