#pragma once

#include <string>

#include "topology/cpu_list.h"

namespace shoal::compute {

/// How a pool's threads live.
struct thread_manner {
  std::string name;         ///< at most 15 bytes with its number
  topology::cpu_list cpus;  ///< anywhere on these; empty: wherever the process may
  int nice = 0;
};

/// Makes the calling thread such a one, as far as the system allows it: what it refuses to thread
/// 0, it is said to refuse to all.
void settle_this_thread(const thread_manner& manner, unsigned number);

}  // namespace shoal::compute
