#include "numa/heat_map.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "bench/svg.h"

namespace shoal::numa {
namespace {

namespace svg = bench::svg;

constexpr double row_height = 30;
constexpr double letter = 7;
constexpr double faintest = 0.06;
constexpr double darkest = 0.55;  // what is written on it stays readable in light and dark

struct range {
  double least = 0;
  double most = 0;
};

range range_of(const heat_map& map) noexcept {
  range r{HUGE_VAL, 0};
  for (const auto& row : map.values) {
    for (const auto& value : row) {
      if (!value) continue;
      r.least = std::min(r.least, *value);
      r.most = std::max(r.most, *value);
    }
  }
  return r;
}

std::size_t widest(const std::vector<std::string>& names) noexcept {
  std::size_t most = 0;
  for (const auto& name : names) most = std::max(most, name.size());
  return most;
}

std::size_t widest(const std::vector<std::vector<std::string>>& rows) noexcept {
  std::size_t most = 0;
  for (const auto& row : rows) most = std::max(most, widest(row));
  return most;
}

std::string cell(double x, double y, double width, double height, double dark) {
  char opacity[16];
  std::snprintf(opacity, sizeof opacity, "%.2f", faintest + (darkest - faintest) * dark);
  return "<rect class=\"c1\" style=\"stroke:none;fill-opacity:" + std::string(opacity) + "\" x=\"" +
         svg::number(x) + "\" y=\"" + svg::number(y) + "\" width=\"" + svg::number(width) +
         "\" height=\"" + svg::number(height) + "\"/>\n";
}

}  // namespace

double darkness(double value, double least, double most) noexcept {
  if (!(least > 0) || !(most > least)) return 0;
  return std::clamp(std::log(value / least) / std::log(most / least), 0.0, 1.0);
}

std::string to_svg(const heat_map& map, unsigned width) {
  const double left = static_cast<double>(widest(map.rows)) * letter + 10;
  const double top = 2 * row_height - 12;
  const double wide = std::min(
      (width - left) / static_cast<double>(std::max<std::size_t>(map.columns.size(), 1)), 120.0);
  const double height = top + row_height * static_cast<double>(map.rows.size()) + 4;
  const auto [least, most] = range_of(map);
  // Many columns on a narrow page leave no room; the table has the numbers then.
  const bool fit = static_cast<double>(widest(map.texts)) * letter <= wide - 2;
  std::string text = svg::begin(width, height, map.title, map.says);
  text += svg::text(left, 12, "start", map.columns_title, "axis");
  text += svg::text(0, top - 8, "start", map.rows_title, "axis");
  for (std::size_t j = 0; j < map.columns.size(); ++j) {
    text +=
        svg::text(left + wide * (static_cast<double>(j) + 0.5), top - 8, "middle", map.columns[j]);
  }
  for (std::size_t i = 0; i < map.rows.size(); ++i) {
    const double y = top + row_height * static_cast<double>(i);
    text += svg::text(left - 8, y + row_height / 2 + 4, "end", map.rows[i]);
    for (std::size_t j = 0; j < map.columns.size(); ++j) {
      if (!map.values[i][j]) continue;
      const double x = left + wide * static_cast<double>(j);
      text +=
          cell(x + 1, y + 1, wide - 2, row_height - 2, darkness(*map.values[i][j], least, most));
      if (!fit) continue;
      text += svg::text(x + wide / 2, y + row_height / 2 + 4, "middle", map.texts[i][j], "value");
    }
  }
  return text + "</svg>\n";
}

}  // namespace shoal::numa
