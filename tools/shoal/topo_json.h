// `shoal topo --json`.
#pragma once

#include <string>

#include "topo_view.h"

namespace shoal::tool {

/// One object, whose members docs/topo.md lists.
[[nodiscard]] std::string to_json(const topo_view& view);

}  // namespace shoal::tool
