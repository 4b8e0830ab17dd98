#include <algorithm>

#include "bench/report_parts.h"
#include "numa/report_sections.h"
#include "numa/tables.h"
#include "numa/words.h"

namespace shoal::numa {
namespace {

constexpr double gibibyte = 1024.0 * 1024 * 1024;

/// Every eighth power of two.
bench::axis sizes_axis(std::uint64_t largest) {
  bench::axis along{
      "working set", bench::scale::logarithmic, 3500, static_cast<double>(largest) * 1.15, {}};
  for (std::uint64_t bytes = 4096; bytes <= largest; bytes *= 8) {
    along.ticks.emplace_back(static_cast<double>(bytes), size_text(bytes));
  }
  return along;
}

estimate scaled(const estimate& e, double factor) {
  return {e.middle * factor, e.low * factor, e.high * factor, e.count};
}

void add_values(const bench::line& l, std::vector<double>& values) {
  for (const bench::mark& m : l.marks) values.insert(values.end(), {m.y.low, m.y.high});
}

std::string latency_figure(const memory_findings& found, const bench::table& figures) {
  bench::chart c{.title = "Latency of a load that waits for the one before, by working set",
                 .says = "the same figures are in the table below",
                 .x = sizes_axis(found.largest_bytes)};
  std::vector<double> values;
  for (const latency_curve& curve : found.latency) {
    bench::line l{name_of(curve.pages), static_cast<unsigned>(c.lines.size()), {}, false};
    for (const latency_point& point : curve.points) {
      l.marks.push_back({static_cast<double>(point.bytes), scaled(point.ns, 1e-9)});
    }
    add_values(l, values);
    c.lines.push_back(std::move(l));
  }
  if (values.empty()) return "";
  c.y = bench::logarithmic("", values, bench::unit::seconds);
  return bench::figure(c, figures);
}

std::string bandwidth_figure(const memory_findings& found, const bench::table& figures) {
  bench::chart c{.title = "GiB a second that one core moves, by working set",
                 .says = "the same figures are in the table below",
                 .x = sizes_axis(found.largest_bytes)};
  std::vector<double> values;
  const std::pair<const char*, estimate bandwidth::*> kinds[] = {
      {"read", &bandwidth::read}, {"write", &bandwidth::write}, {"copy", &bandwidth::copy}};
  for (const auto& [name, member] : kinds) {
    bench::line l{name, static_cast<unsigned>(c.lines.size()), {}, false};
    for (const bandwidth_point& point : found.bandwidth_curve) {
      l.marks.push_back(
          {static_cast<double>(point.bytes), scaled(point.rate.*member, 1 / gibibyte)});
    }
    add_values(l, values);
    c.lines.push_back(std::move(l));
  }
  if (values.empty()) return "";
  c.y = bench::logarithmic("", values, bench::unit::count);
  return bench::figure(c, figures);
}

std::vector<unsigned> distinct(const memory_findings& found, unsigned memory_cell::* which) {
  std::vector<unsigned> all;
  for (const memory_cell& cell : found.matrix) all.push_back(cell.*which);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

std::vector<std::string> node_names(const std::vector<unsigned>& nodes) {
  std::vector<std::string> names;
  for (const unsigned node : nodes) names.push_back("node " + std::to_string(node));
  return names;
}

/// From each node's cores to each node's memory; with one node it would be a square of one.
std::string matrix_figure(const memory_findings& found, const std::string& title,
                          const estimate& (*of)(const memory_cell&),
                          std::string (*text)(const estimate&)) {
  const auto rows = distinct(found, &memory_cell::cpu_node);
  const auto columns = distinct(found, &memory_cell::memory_node);
  if (columns.size() < 2) return "";
  heat_map map{.title = title,
               .says = "the same figures are in the table below",
               .rows_title = "cores of",
               .columns_title = "memory of",
               .rows = node_names(rows),
               .columns = node_names(columns)};
  map.values.resize(rows.size(), std::vector<std::optional<double>>(columns.size()));
  map.texts.resize(rows.size(), std::vector<std::string>(columns.size()));
  for (const memory_cell& cell : found.matrix) {
    const auto i = std::find(rows.begin(), rows.end(), cell.cpu_node) - rows.begin();
    const auto j = std::find(columns.begin(), columns.end(), cell.memory_node) - columns.begin();
    const auto row = static_cast<std::size_t>(i);
    const auto column = static_cast<std::size_t>(j);
    map.values[row][column] = of(cell).middle;
    map.texts[row][column] = text(of(cell));
  }
  return map_figure(map, "");
}

}  // namespace

std::string memory_section(const study& all) {
  if (!all.memory) return "";
  const memory_findings& found = *all.memory;
  const auto figures = working_set_table(found, all.cores, false);
  std::string html = latency_figure(found, figures) + bandwidth_figure(found, figures);
  html += matrix_figure(
      found, "Latency by node",
      [](const memory_cell& cell) -> const estimate& { return cell.latency_ns; }, short_time);
  html += matrix_figure(
      found, "What one core reads a second, by node",
      [](const memory_cell& cell) -> const estimate& { return cell.alone.read; }, short_rate);
  if (!found.matrix.empty()) {
    html += bench::to_html(matrix_table(found)) + bench::to_html(together_table(found));
  }
  if (!found.touches.empty()) {
    html += bench::element("h3", "First touch") + "\n" + bench::to_html(touch_table(found));
  }
  return bench::section("memory", "Memory", html);
}

}  // namespace shoal::numa
