// Sections that are a row for each ratio: what each feature is worth, how connections find their
// worker, memory, and what this machine cannot tell apart. And the CPU that a request costs by
// load.
#include <algorithm>
#include <cstring>
#include <utility>

#include "bench/load_words.h"
#include "bench/number_text.h"
#include "bench/ratio.h"
#include "bench/report_sections.h"

namespace shoal::bench {
namespace {

std::vector<const point*> points_of(const results& all, purpose why) {
  std::vector<const point*> points;
  for (const point& p : all.points) {
    if (p.why == why && !p.pairs.empty()) points.push_back(&p);
  }
  return points;
}

double rate_of(const load_shape& load) { return load.rate; }

/// "multishot-receive" of uring against "uring without multishot-receive", "sqpoll" of "uring with
/// sqpoll" against uring.
std::string feature_of(const point& p) {
  for (const auto& [contender, word] : {std::pair{&p.b, " without "}, {&p.a, " with "}}) {
    const auto at = contender->find(word);
    if (at != std::string::npos) return contender->substr(at + std::strlen(word));
  }
  return contender_name(p.b);
}

/// The metrics that some of `points` lead with, each once.
std::vector<metric> leading(const std::vector<const point*>& points) {
  std::vector<metric> metrics;
  for (const point* p : points) {
    const metric first = metrics_of(*p).front();
    if (std::find(metrics.begin(), metrics.end(), first) == metrics.end()) metrics.push_back(first);
  }
  return metrics;
}

/// A chart for each metric by which some of the points are told, of those points alone.
std::string charts(const results& all, const std::vector<const point*>& points,
                   std::string (*name)(const point&), const std::string& title) {
  std::string html;
  for (const metric by : leading(points)) {
    std::vector<const point*> told;
    std::copy_if(points.begin(), points.end(), std::back_inserter(told),
                 [&](const point* p) { return metrics_of(*p).front() == by; });
    auto rows = ratio_rows(told, by, name);
    if (rows.empty()) continue;
    html += figure(
        ratio_chart(title + std::string(facts_of(by).title), axis_among(told), std::move(rows)),
        levels_table(all, told, metrics_of(*told.front())));
  }
  return html;
}

const std::vector<metric> costs = {metric::server_cpu, metric::machine_cpu, metric::system_calls,
                                   metric::switches};

std::string by_rate_name(const point& p) {
  load_shape load = p.load;
  load.share = 0;
  return load_text(load);
}

std::string pair_by_rate_name(const point& p) { return pair_name(p) + ", " + by_rate_name(p); }

/// All open loops that differ in their rates only. Those of latencies have costs as well.
std::vector<std::vector<const point*>> by_rate(const results& all) {
  const auto like = [](const load_shape& one, const load_shape& other) {
    load_shape load = one;
    load.rate = other.rate;
    load.share = other.share;
    return same_load(load, other);
  };
  std::vector<const point*> chosen;
  for (const point& p : all.points) {
    const bool open = open_loop(p.load) && (p.why == purpose::cost || p.why == purpose::latency);
    if (open && !p.pairs.empty() && ratio_of(p, metric::server_cpu)) chosen.push_back(&p);
  }
  return in_groups(chosen, like, [](const load_shape& load) { return load.rate; });
}

/// Of a chart with one place along x: a row for each line.
dot_chart one_of_each(const chart& c) {
  dot_chart dots;
  dots.title = c.title + ", with " + c.x.ticks.front().second + " of them";
  dots.says = c.says;
  std::vector<double> values;
  for (const line& l : c.lines) {
    const estimate& e = l.marks.front().y;
    values.insert(values.end(), {e.middle, e.high});
    dots.rows.push_back({l.name, e, value_text(e.middle, unit::bytes), l.colour});
  }
  dots.x = from_zero("", values, unit::bytes);
  return dots;
}

}  // namespace

std::string cost_section(const results& all, const palette& colours) {
  std::string html;
  std::vector<const point*> single;
  for (const auto& points : by_rate(all)) {
    if (points.front()->load.rate == points.back()->load.rate) {
      single.insert(single.end(), points.begin(), points.end());
      continue;
    }
    for (const metric by : {metric::server_cpu, metric::machine_cpu}) {
      for (chart c : {levels_chart(colours, points, by, rate_of),
                      ratios_chart(colours, points, by, rate_of)}) {
        if (c.lines.empty()) continue;
        c.title += ", " + connections_text(points.front()->load.connections);
        c.x.title = "requests a second, the same for both";
        html += figure(c, levels_table(all, points, {by}));
      }
    }
  }
  auto rows =
      ratio_rows(single, metric::server_cpu, one_pair(single) ? by_rate_name : pair_by_rate_name);
  if (!rows.empty()) {
    html += figure(
        ratio_chart("Server's CPU for a request, other loads", axis_among(single), std::move(rows)),
        levels_table(all, single, costs));
  }
  return section("cost", "CPU for a request by load", html);
}

std::string ablation_section(const results& all) {
  const auto html = charts(
      all, points_of(all, purpose::ablation),
      [](const point& p) { return feature_of(p) + ", " + load_text(p.load); },
      "With it, against without it: ");
  if (html.empty()) return "";
  return section("ablations", "What each feature is worth",
                 element("p",
                         "One feature of a driver is taken away or added at a time. Right of 1 "
                         "there is more with the feature than without.") +
                     "\n" + html);
}

std::string dispatch_section(const results& all) {
  const auto points = points_of(all, purpose::dispatch);
  const auto html = charts(all, points, name_among(points), "");
  if (html.empty()) return "";
  std::string words = "Clusters of workers whose connections find their worker in different ways.";
  for (const auto& [name, value] : all.machine) {
    if (name.ends_with(cluster_fact)) words += " Workers of each: " + value + ".";
  }
  return section("dispatch", "How connections find their worker",
                 element("p", words) + "\n" + html);
}

std::string memory_section(const results& all, const palette& colours) {
  const auto points = points_of(all, purpose::memory);
  chart c = levels_chart(colours, points, metric::resident, connections_of);
  if (c.lines.empty()) return "";
  c.x.title = "connections that have asked once and stay";
  const table t = levels_table(all, points, {metric::resident});
  return section("memory", "Memory",
                 element("p",
                         "By how much the resident memory of the server's processes grows for each "
                         "connection that has asked once and stays. What the kernel keeps for a "
                         "connection is not in it.") +
                     "\n" + (c.x.ticks.size() > 1 ? figure(c, t) : figure(one_of_each(c), t)));
}

std::string noise_section(const results& all) {
  const auto points = points_of(all, purpose::noise);
  std::string html;
  for (const metric by :
       {metric::requests, metric::requests_a_cpu_second, metric::p50, metric::p99}) {
    std::vector<const point*> told;
    std::copy_if(points.begin(), points.end(), std::back_inserter(told), [&](const point* p) {
      return ratio_of(*p, by) && !(open_loop(p->load) && by == metric::requests);
    });
    if (told.empty()) continue;
    const std::string title(facts_of(by).title);
    html += figure(ratio_chart("Equals: " + title, "ratio",
                               ratio_rows(told, by,
                                          [](const point& p) {
                                            return contender_name(p.a) + ", " + load_text(p.load);
                                          })),
                   levels_table(all, told, {by}));
  }
  if (html.empty()) return "";
  return section("noise", "What this machine cannot tell apart",
                 element("p",
                         "The same server against itself, measured as all others were. A "
                         "difference that is no larger than these are is not called one.") +
                     "\n" + html);
}

}  // namespace shoal::bench
