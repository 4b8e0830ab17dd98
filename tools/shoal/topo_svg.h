// `shoal topo --svg`: the same as a picture, light or dark as its reader has it.
#pragma once

#include <string>

#include "topo_view.h"

namespace shoal::tool {

/// A whole file, which needs no other.
[[nodiscard]] std::string to_svg(const topo_view& view);

}  // namespace shoal::tool
