// Which huge pages the kernel has set aside: <directory>/hugepages-2048kB/nr_hugepages and the
// like.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "topology/machine.h"

namespace shoal::topology {

/// Pools of all sizes, ascending, those without a page too. None where there is no such directory.
[[nodiscard]] result<std::vector<huge_page_pool>> read_huge_pages(const std::string& directory);

}  // namespace shoal::topology
