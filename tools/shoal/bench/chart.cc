#include "bench/chart.h"

#include <algorithm>
#include <cmath>

#include "bench/html.h"
#include "bench/svg.h"

namespace shoal::bench {
namespace {

/// Letters of 12 pixels.
constexpr double letter = 7;
constexpr double row = 16;

std::size_t widest(const std::vector<tick>& ticks) noexcept {
  std::size_t most = 0;
  for (const auto& each : ticks) most = std::max(most, each.second.size());
  return most;
}

/// Where the values are drawn within the picture.
struct frame {
  double left, right, top, bottom;

  [[nodiscard]] double x(const axis& along, double value) const noexcept {
    return left + (right - left) * place_on(along, value);
  }
  [[nodiscard]] double y(const axis& along, double value) const noexcept {
    return bottom - (bottom - top) * place_on(along, value);
  }
};

std::string y_axis(const chart& c, const frame& f) {
  std::string svg;
  if (!c.y.title.empty()) svg += svg::text(0, row * 0.8, "start", c.y.title, "axis");
  for (const auto& [value, name] : c.y.ticks) {
    const double y = f.y(c.y, value);
    svg += svg::stroke(f.left, y, f.right, y, "grid");
    svg += svg::text(f.left - 8, y + 4, "end", name);
  }
  return svg;
}

/// Names that would touch the one before are left out.
std::string x_axis(const axis& x, const frame& f) {
  std::string svg = svg::stroke(f.left, f.bottom, f.right, f.bottom, "base");
  double free_from = 0;
  for (const auto& [value, name] : x.ticks) {
    const double at = f.x(x, value);
    const double half = static_cast<double>(name.size()) * letter / 2;
    svg += svg::stroke(at, f.bottom, at, f.bottom + 4, "base");
    if (at - half < free_from) continue;
    svg += svg::text(at, f.bottom + row + 3, "middle", name);
    free_from = at + half + letter;
  }
  if (x.title.empty()) return svg;
  return svg + svg::text(f.right, f.bottom + 2 * row + 6, "end", x.title, "axis");
}

std::string polyline(const chart& c, const frame& f, const line& l, double aside) {
  std::string points;
  for (const mark& m : l.marks) {
    points += svg::number(f.x(c.x, m.x) + aside) + "," + svg::number(f.y(c.y, m.y.middle)) + " ";
  }
  if (!points.empty()) points.pop_back();
  return "<polyline class=\"line\" points=\"" + points + "\"/>\n";
}

std::string bars(const chart& c, const frame& f, const line& l, double aside) {
  std::string svg;
  for (const mark& m : l.marks) {
    const double x = f.x(c.x, m.x) + aside;
    if (m.y.enough()) svg += svg::stroke(x, f.y(c.y, m.y.low), x, f.y(c.y, m.y.high), "bar");
    svg += svg::mark(x, f.y(c.y, m.y.middle), l.colour) + "\n";
  }
  return svg;
}

/// At most so many characters, with a sign that there were more.
std::string shortened(std::string_view text, std::size_t most) {
  std::size_t at = 0;
  for (std::size_t characters = 0; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
    if (begins && characters++ == most) return std::string(text.substr(0, at)) + "…";
  }
  return std::string(text);
}

std::string colour_class(unsigned colour) {
  return "<g class=\"c" + std::to_string(colour % colour_count) + "\">";
}

std::string dots(const dot_chart& c, const frame& f, const dot_row& r, double y) {
  std::string svg = colour_class(r.colour);
  if (r.value.enough())
    svg += svg::stroke(f.x(c.x, r.value.low), y, f.x(c.x, r.value.high), y, "bar");
  return svg + svg::mark(f.x(c.x, r.value.middle), y, r.colour) + "</g>\n";
}

std::string lines_down(const dot_chart& c, const frame& f, double from, double to) {
  std::string svg;
  for (const auto& each : c.x.ticks) {
    svg += svg::stroke(f.x(c.x, each.first), from, f.x(c.x, each.first), to, "grid");
  }
  if (c.rule) svg += svg::stroke(f.x(c.x, *c.rule), from, f.x(c.x, *c.rule), to, "rule");
  return svg;
}

/// Where the words of a row of dots stand: beside the dots where there is room, else above them, in
/// one line if all rows have room for that.
struct dot_layout {
  bool beside = true;
  bool one_line = true;
  double height = 0;
};

constexpr std::size_t characters_beside = 42;
constexpr std::size_t characters_above = 46;

dot_layout layout_of(const dot_chart& c, double width) noexcept {
  if (width > 500) return {true, true, row * 1.6};
  const bool one_line = std::all_of(c.rows.begin(), c.rows.end(), [](const dot_row& r) {
    return r.name.size() + r.text.size() < characters_above;
  });
  return {false, one_line, one_line ? row * 2.5 : row * 3.4};
}

std::string words(const dot_layout& l, const frame& f, const dot_row& r, double top, double width) {
  if (l.beside) {
    const double y = top + l.height / 2 + 4;
    return svg::text(f.left - 12, y, "end", shortened(r.name, characters_beside)) +
           svg::text(width, y, "end", r.text, "value");
  }
  const std::string name =
      svg::text(6, top + row * 0.85, "start", shortened(r.name, characters_above));
  return name + (l.one_line ? svg::text(width, top + row * 0.85, "end", r.text, "value")
                            : svg::text(6, top + row * 1.75, "start", r.text, "value"));
}

}  // namespace

std::string to_svg(const chart& c, unsigned width) {
  const double w = width;
  const double h = std::round(std::max(240.0, w * 0.5));
  const frame f{static_cast<double>(widest(c.y.ticks)) * letter + 12, w - 12,
                c.y.title.empty() ? row * 0.6 : row * 1.7, h - 2 * row - 12};
  std::string svg = svg::begin(w, h, c.title, c.says) + y_axis(c, f) + x_axis(c.x, f);
  if (c.rule) svg += svg::stroke(f.left, f.y(c.y, *c.rule), f.right, f.y(c.y, *c.rule), "rule");
  for (std::size_t i = 0; i < c.lines.size(); ++i) {
    const line& l = c.lines[i];
    // Bars at one place stand beside each other.
    const double aside =
        l.smooth ? 0 : 5 * (static_cast<double>(i) - static_cast<double>(c.lines.size() - 1) / 2);
    svg += colour_class(l.colour) + "\n" + polyline(c, f, l, aside);
    if (!l.smooth) svg += bars(c, f, l, aside);
    svg += "</g>\n";
  }
  return svg + "</svg>\n";
}

std::string to_svg(const dot_chart& c, unsigned width) {
  const double w = width;
  const dot_layout l = layout_of(c, w);
  const frame f{l.beside ? w * 0.42 : 6, w - (l.beside ? 150 : 0) - 12, 8,
                8 + l.height * static_cast<double>(c.rows.size())};
  const double below = c.x.title.empty() ? row + 12 : 2 * row + 12;
  std::string svg = svg::begin(w, f.bottom + below, c.title, c.says);
  svg += x_axis(c.x, f);
  if (l.beside) svg += lines_down(c, f, f.top, f.bottom);
  double top = f.top;
  for (const dot_row& r : c.rows) {
    const double y = top + (l.beside ? l.height / 2 : l.height - row * 0.7);
    // Lines through words would be hard to read.
    if (!l.beside) svg += lines_down(c, f, y - row * 0.5, y + row * 0.5);
    svg += words(l, f, r, top, w) + dots(c, f, r, y);
    top += l.height;
  }
  return svg + "</svg>\n";
}

std::string swatch(unsigned colour) {
  return "<svg class=\"swatch\" viewBox=\"0 0 12 12\" aria-hidden=\"true\">" +
         colour_class(colour) + svg::mark(6, 6, colour) + "</g></svg>";
}

}  // namespace shoal::bench
