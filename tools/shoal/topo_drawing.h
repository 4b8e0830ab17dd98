// `shoal topo` on a terminal: NUMA nodes as boxes, in them the cores by the cache that they share,
// and below each core the worker that would be pinned there.
#pragma once

#include <cstddef>
#include <string>

#include "topo_view.h"

namespace shoal::tool {

struct drawing_style {
  std::size_t columns = 80;  ///< of the terminal; boxes are no wider, but never below 40
  bool utf8 = true;          ///< false: ASCII alone
};

/// Lines that end in newlines.
[[nodiscard]] std::string draw(const topo_view& view, const drawing_style& style);

/// What the environment says: COLUMNS, else the terminal behind stdout, else 80; and whether
/// LC_ALL, LC_CTYPE or LANG, the first of them that is set, is UTF-8.
[[nodiscard]] drawing_style style_here();

}  // namespace shoal::tool
