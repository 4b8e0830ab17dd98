// Closed loops: as much as each can do, by connections.
#include <algorithm>

#include "bench/load_words.h"
#include "bench/ratio.h"
#include "bench/report_sections.h"

namespace shoal::bench {
namespace {

using group = std::vector<const point*>;

bool several_connections(const group& points) noexcept {
  return points.front()->load.connections != points.back()->load.connections;
}

bool any_knows(const group& points, metric by) {
  return std::any_of(points.begin(), points.end(),
                     [&](const point* p) { return ratio_of(*p, by).has_value(); });
}

std::string heading(const group& points) {
  const std::string peculiar = peculiarities(points.front()->load);
  return peculiar.empty() ? "" : element("h3", peculiar) + "\n";
}

/// What each reaches, and how many times as much one reaches as the other.
std::string by_connections(const results& all, const palette& colours, const group& points,
                           metric by) {
  if (!any_knows(points, by)) return "";
  const table t = levels_table(all, points, {by});
  chart levels = levels_chart(colours, points, by, connections_of);
  levels.x.title = "connections";
  chart ratios = ratios_chart(colours, points, by, connections_of);
  ratios.x.title = "connections";
  return heading(points) + figure(levels, t) + figure(ratios, t);
}

/// Loads that were measured with one number of connections only: no line, but a row for each.
std::string single_loads(const results& all, const group& points, metric by) {
  auto rows = ratio_rows(points, by, name_among(points));
  if (rows.empty()) return "";
  return figure(ratio_chart("Other loads, " + std::string(facts_of(by).title), axis_among(points),
                            std::move(rows)),
                levels_table(all, points, {by}));
}

std::string all_loads(const results& all, const palette& colours, metric by) {
  std::string html;
  group others;
  for (const group& points : by_kind_of_load(all, purpose::throughput)) {
    if (several_connections(points)) {
      html += by_connections(all, colours, points, by);
    } else {
      others.insert(others.end(), points.begin(), points.end());
    }
  }
  return html + single_loads(all, others, by);
}

}  // namespace

std::string throughput_section(const results& all, const palette& colours) {
  return section("throughput", "Throughput", all_loads(all, colours, metric::requests));
}

std::string cpu_second_section(const results& all, const palette& colours) {
  return section("cpu-second", "Requests for a CPU second",
                 all_loads(all, colours, metric::requests_a_cpu_second));
}

}  // namespace shoal::bench
