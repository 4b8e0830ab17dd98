// Open loops: requests come by the clock, and latency counts from when each was to be sent.
#include <algorithm>
#include <cmath>

#include "bench/latency.h"
#include "bench/load_words.h"
#include "bench/number_text.h"
#include "bench/report_sections.h"

namespace shoal::bench {
namespace {

/// A curve says nothing of a share that fewer requests than these lie beyond.
constexpr double beyond_min = 10;
constexpr int steps_for_a_decade = 24;

latencies all_of(const point& p, measurement measured_pair::* of) {
  latencies sum;
  for (const measured_pair& pair : p.pairs) sum = merge(sum, (pair.*of).latency);
  return sum;
}

double decades_of(const latencies& l) noexcept {
  const double decades = std::log10(static_cast<double>(count_of(l)) / beyond_min);
  return std::isfinite(decades) ? std::clamp(decades, 0.0, 5.0) : 0;
}

line curve(const palette& colours, const std::string& name, const latencies& l) {
  line curve{contender_name(name), colours.of(name), {}, true};
  const int steps = static_cast<int>(decades_of(l) * steps_for_a_decade);
  for (int i = 0; i <= steps; ++i) {
    const double share = 1 - std::pow(10, -static_cast<double>(i) / steps_for_a_decade);
    const double seconds = percentile_ns(l, share).value_or(0) / 1e9;
    curve.marks.push_back({share, {seconds, seconds, seconds, 0}});
  }
  return curve;
}

table percentile_table(const point& p, const latencies& a, const latencies& b) {
  table t{"all pairs together", {"percentile", contender_name(p.a), contender_name(p.b)}, {}};
  const auto cell = [](const latencies& l, double share) {
    const bool enough = static_cast<double>(count_of(l)) * (1 - share) >= beyond_min - 1e-6;
    return enough ? value_text(*percentile_ns(l, share) / 1e9, unit::seconds)
                  : std::string("too few requests");
  };
  for (const auto& [name, share] :
       {std::pair{"50", 0.5}, std::pair{"90", 0.9}, std::pair{"99", 0.99}, std::pair{"99.9", 0.999},
        std::pair{"99.99", 0.9999}}) {
    t.rows.push_back({name, cell(a, share), cell(b, share)});
  }
  return t;
}

std::string curves(const palette& colours, const point& p) {
  const latencies a = all_of(p, &measured_pair::a);
  const latencies b = all_of(p, &measured_pair::b);
  chart c;
  c.lines = {curve(colours, p.a, a), curve(colours, p.b, b)};
  std::vector<double> values;
  double highest = 0;
  for (const line& l : c.lines) {
    for (const mark& m : l.marks) {
      values.push_back(m.y.middle);
      highest = std::max(highest, m.x);
    }
  }
  if (highest == 0) return "";
  c.title = load_text(p.load);
  const table t = percentile_table(p, a, b);
  for (const auto& row : t.rows) {
    c.says += "percentile " + row[0] + ": " + c.lines[0].name + " " + row[1] + ", " +
              c.lines[1].name + " " + row[2] + "; ";
  }
  c.x = percentiles(highest);
  c.y = logarithmic("", values, unit::seconds);
  return small_figure(c, t);
}

double percent_of_capacity(const load_shape& load) { return load.share * 100; }

/// Shares of a capacity are few and not far from each other: a plain scale.
std::string by_share(const results& all, const palette& colours,
                     const std::vector<const point*>& points) {
  chart c = levels_chart(colours, points, metric::p99, percent_of_capacity);
  if (c.x.ticks.size() < 2 || c.lines.empty()) return "";
  const std::vector<tick> shares = c.x.ticks;
  c.x = around("share of what the slower one can do", {shares.front().first, shares.back().first},
               unit::count);
  c.x.ticks.clear();
  for (const tick& each : shares) c.x.ticks.emplace_back(each.first, each.second + " %");
  std::vector<double> values;
  for (const line& l : c.lines) {
    for (const mark& m : l.marks) values.insert(values.end(), {m.y.low, m.y.middle, m.y.high});
  }
  c.y = logarithmic("", values, unit::seconds);
  return figure(c, levels_table(all, points, {metric::p50, metric::p99, metric::p999}));
}

}  // namespace

std::string latency_section(const results& all, const palette& colours) {
  std::vector<const point*> of_capacity;
  std::string small;
  for (const point& p : all.points) {
    if (p.why != purpose::latency || p.pairs.empty()) continue;
    small += curves(colours, p);
    const bool same_connections =
        of_capacity.empty() || of_capacity.front()->load.connections == p.load.connections;
    if (p.load.share > 0 && same_connections) of_capacity.push_back(&p);
  }
  if (small.empty()) return "";
  return section("latency", "Latency",
                 element("p",
                         "Requests come by the clock, whether or not answers do. Latency "
                         "counts from when a request was to be sent. 70 % load is 70 % of what the "
                         "slower one can do.") +
                     "\n" + by_share(all, colours, of_capacity) + "<div class=\"several\">\n" +
                     small + "</div>\n");
}

}  // namespace shoal::bench
