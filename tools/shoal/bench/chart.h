// Charts as SVG within a page: the page's style has their colours, nothing is loaded and nothing
// runs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/axis.h"
#include "bench/estimate.h"

namespace shoal::bench {

/// A value at x, and its bounds where it has enough of them.
struct mark {
  double x = 0;
  estimate y;
};

struct line {
  std::string name;
  unsigned colour = 0;  ///< of the page's; the shape of its marks goes with it
  std::vector<mark> marks;
  bool smooth = false;  ///< a curve: its marks are not drawn
};

struct chart {
  std::string title;
  std::string says;  ///< what it shows, for those who do not see it
  axis x;
  axis y;
  std::vector<line> lines;
  std::optional<double> rule;  ///< a line across at this y: no difference
};

/// `width` is that of the page's pixels where it is shown: letters do not shrink with it.
[[nodiscard]] std::string to_svg(const chart& c, unsigned width);

/// Estimates below each other, each with its name.
struct dot_row {
  std::string name;
  estimate value;
  std::string text;  ///< beside it
  unsigned colour = 0;
};

struct dot_chart {
  std::string title;
  std::string says;
  axis x;
  std::vector<dot_row> rows;
  std::optional<double> rule;
};

[[nodiscard]] std::string to_svg(const dot_chart& c, unsigned width);

/// As many as the page has; further ones begin again.
inline constexpr unsigned colour_count = 6;

/// The mark that stands for a line beside its name.
[[nodiscard]] std::string swatch(unsigned colour);

}  // namespace shoal::bench
