#include "bench/svg.h"

#include <cmath>
#include <cstdio>

#include "bench/html.h"

namespace shoal::bench::svg {
namespace {

std::string polygon(double x, double y, std::initializer_list<std::pair<double, double>> corners) {
  std::string points;
  for (const auto& [dx, dy] : corners) points += number(x + dx) + "," + number(y + dy) + " ";
  points.pop_back();
  return "<polygon class=\"mark\" points=\"" + points + "\"/>";
}

}  // namespace

std::string number(double value) {
  char text[32];
  const bool drawable = std::isfinite(value) && std::abs(value) < 1e6;
  std::snprintf(text, sizeof text, "%.1f", drawable ? value : 0.0);
  return text;
}

std::string begin(double width, double height, std::string_view title, std::string_view says) {
  return "<svg role=\"img\" viewBox=\"0 0 " + number(width) + " " + number(height) +
         "\" style=\"max-width:" + number(width) + "px\" aria-label=\"" + escape(title) + "\">" +
         element("title", title) + element("desc", says) + "\n";
}

std::string begin_file(double width, double height, std::string_view title, std::string_view says,
                       std::string_view style) {
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"" + number(width) +
         "\" height=\"" + number(height) + "\" viewBox=\"0 0 " + number(width) + " " +
         number(height) + "\">\n" + element("title", title) + element("desc", says) + "<style>" +
         std::string(style) + "</style>\n";
}

std::string box(double x, double y, double width, double height, std::string_view name) {
  return "<rect class=\"" + std::string(name) + "\" x=\"" + number(x) + "\" y=\"" + number(y) +
         "\" width=\"" + number(width) + "\" height=\"" + number(height) + "\" rx=\"4\"/>\n";
}

std::string stroke(double x1, double y1, double x2, double y2, std::string_view name) {
  return "<line class=\"" + std::string(name) + "\" x1=\"" + number(x1) + "\" y1=\"" + number(y1) +
         "\" x2=\"" + number(x2) + "\" y2=\"" + number(y2) + "\"/>\n";
}

std::string text(double x, double y, std::string_view anchor, std::string_view content,
                 std::string_view name) {
  std::string more = name.empty() ? "" : " class=\"" + std::string(name) + "\"";
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" +
         std::string(anchor) + "\"" + more + ">" + escape(content) + "</text>\n";
}

std::string mark(double x, double y, unsigned colour) {
  switch (colour % 4) {
    case 0:
      return "<circle class=\"mark\" cx=\"" + number(x) + "\" cy=\"" + number(y) + "\" r=\"4\"/>";
    case 1:
      return polygon(x, y, {{-3.6, -3.6}, {3.6, -3.6}, {3.6, 3.6}, {-3.6, 3.6}});
    case 2:
      return polygon(x, y, {{0, -5}, {4.6, 3.4}, {-4.6, 3.4}});
    default:
      return polygon(x, y, {{0, -5}, {5, 0}, {0, 5}, {-5, 0}});
  }
}

}  // namespace shoal::bench::svg
