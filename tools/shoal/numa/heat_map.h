// A square of values: the darker, the more. Each cell has its number in it where there is room, so
// that colour is not all that tells.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace shoal::numa {

struct heat_map {
  std::string title;
  std::string says;  ///< what it shows, for those who do not see it
  std::string rows_title;
  std::string columns_title;
  std::vector<std::string> rows;
  std::vector<std::string> columns;
  /// By row and column, as many as these; nothing where nothing was measured.
  std::vector<std::vector<std::optional<double>>> values;
  std::vector<std::vector<std::string>> texts;  ///< in the cells
};

/// As SVG within a page. `width` is that of the page's pixels where it is shown.
[[nodiscard]] std::string to_svg(const heat_map& map, unsigned width);

/// How dark a value is, 0 to 1: on a logarithmic scale between the least and the most.
[[nodiscard]] double darkness(double value, double least, double most) noexcept;

}  // namespace shoal::numa
