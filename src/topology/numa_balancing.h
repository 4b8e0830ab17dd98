// Whether the kernel moves pages to threads, and threads to pages, by itself: what has been placed
// does not stay, unless it has a memory policy of its own.
#pragma once

#include <string>

namespace shoal::topology {

/// kernel.numa_balancing under <root>/proc. False where the kernel does not say.
[[nodiscard]] bool balances_by_itself(const std::string& root = "/");

}  // namespace shoal::topology
