#include "numa/tables.h"

#include <algorithm>

#include "bench/load_words.h"
#include "bench/number_text.h"
#include "bench/verdict.h"
#include "numa/core_places.h"
#include "numa/words.h"

namespace shoal::numa {
namespace {

using bench::table;

const latency_point* find(const memory_findings& found, page_kind pages, std::uint64_t bytes) {
  for (const latency_curve& curve : found.latency) {
    if (curve.pages != pages) continue;
    for (const latency_point& point : curve.points) {
      if (point.bytes == bytes) return &point;
    }
  }
  return nullptr;
}

const bandwidth_point* find(const memory_findings& found, std::uint64_t bytes) {
  for (const bandwidth_point& point : found.bandwidth_curve) {
    if (point.bytes == bytes) return &point;
  }
  return nullptr;
}

std::vector<std::uint64_t> sizes_of(const memory_findings& found) {
  std::vector<std::uint64_t> all;
  for (const latency_curve& curve : found.latency) {
    for (const latency_point& point : curve.points) all.push_back(point.bytes);
  }
  for (const bandwidth_point& point : found.bandwidth_curve) all.push_back(point.bytes);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

/// Those of `all` that fill half of a level or a little less, and the last.
std::vector<std::uint64_t> telling(const std::vector<std::uint64_t>& all,
                                   const std::vector<cache_level>& caches) {
  std::vector<std::uint64_t> chosen;
  for (const cache_level& cache : caches) {
    const auto above = std::upper_bound(all.begin(), all.end(), cache.bytes / 2);
    if (above != all.begin()) chosen.push_back(*std::prev(above));
  }
  if (!all.empty()) chosen.push_back(all.back());
  std::sort(chosen.begin(), chosen.end());
  chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  return chosen;
}

/// The first level that a working set fits into: "L2 (2.0 MiB)".
std::string home_of(std::uint64_t bytes, const std::vector<cache_level>& caches) {
  for (const cache_level& cache : caches) {
    if (bytes <= cache.bytes) {
      return "L" + std::to_string(cache.level) + " (" + size_text(cache.bytes) + ")";
    }
  }
  return caches.empty() ? "" : "memory";
}

}  // namespace

table working_set_table(const memory_findings& found, const std::vector<core_place>& cores,
                        bool few) {
  table t{
      "one core, memory of its own node",
      {"working set", "fits into", "latency, small pages", "huge pages", "read", "write", "copy"},
      {}};
  const auto& caches = cores.front().caches;
  const auto sizes = sizes_of(found);
  for (const std::uint64_t bytes : few ? telling(sizes, caches) : sizes) {
    const latency_point* const small = find(found, page_kind::small, bytes);
    const latency_point* const huge = find(found, page_kind::huge, bytes);
    const bandwidth_point* const moved = find(found, bytes);
    t.rows.push_back({size_text(bytes), home_of(bytes, caches),
                      small != nullptr ? time_text(small->ns) : "",
                      huge != nullptr ? time_text(huge->ns) : "",
                      moved != nullptr ? short_rate(moved->rate.read) : "",
                      moved != nullptr ? short_rate(moved->rate.write) : "",
                      moved != nullptr ? short_rate(moved->rate.copy) : ""});
  }
  return t;
}

table matrix_table(const memory_findings& found) {
  table t{"one core, working set of " + size_text(found.largest_bytes) + ", huge pages",
          {"cores of", "memory of", "latency", "reads", "writes", "copies", "pages there"},
          {}};
  for (const memory_cell& cell : found.matrix) {
    t.rows.push_back({"node " + std::to_string(cell.cpu_node),
                      "node " + std::to_string(cell.memory_node), time_text(cell.latency_ns),
                      rate_text(cell.alone.read), rate_text(cell.alone.write),
                      rate_text(cell.alone.copy),
                      cell.placed < 0 ? "unknown" : bench::percent_text(cell.placed)});
  }
  return t;
}

table together_table(const memory_findings& found) {
  table t{"all cores of a node at once",
          {"cores of", "memory of", "cores", "read", "write", "copy"},
          {}};
  for (const memory_cell& cell : found.matrix) {
    t.rows.push_back({"node " + std::to_string(cell.cpu_node),
                      "node " + std::to_string(cell.memory_node), std::to_string(cell.cores),
                      rate_text(cell.together.read), rate_text(cell.together.write),
                      rate_text(cell.together.copy)});
  }
  return t;
}

table touch_table(const memory_findings& found) {
  table t{"a page that nobody has touched before",
          {"pages", "cores of", "memory of", "for a page", "for 4 KiB"},
          {}};
  for (const first_touch& touch : found.touches) {
    const double parts = static_cast<double>(touch.page_bytes) / 4096;
    const estimate part{touch.ns.middle / parts, touch.ns.low / parts, touch.ns.high / parts,
                        touch.ns.count};
    t.rows.push_back({size_text(touch.page_bytes), "node " + std::to_string(touch.cpu_node),
                      "node " + std::to_string(touch.memory_node), time_text(touch.ns),
                      short_time(part)});
  }
  return t;
}

table pair_table(const handoff_findings& found) {
  table t{"one way", {"cores", "how near", "cache line", "wake"}, {}};
  for (const handoff_pair& pair : found.pairs) {
    t.rows.push_back({std::to_string(pair.a) + ", " + std::to_string(pair.b), name_of(pair.how),
                      time_text(pair.line_ns), time_text(pair.wake_ns)});
  }
  return t;
}

table arrangement_table(const server_findings& found) {
  table t{"ratios within pairs, with their 95 % interval",
          {"arrangements", "load", "of", "ratio", ""},
          {}};
  for (const bench::point& p : found.measured.points) {
    const bool closed = !bench::open_loop(p.load);
    for (const bench::metric by : closed ? std::vector{bench::metric::requests_a_cpu_second}
                                         : std::vector{bench::metric::p50, bench::metric::p99}) {
      const auto c = bench::compare(found.measured, p, by);
      if (!c) continue;
      const std::string no = bench::no_difference(*c);
      t.rows.push_back({p.a + " : " + p.b, bench::load_text(p.load),
                        std::string(bench::facts_of(by).title), bench::ratio_text(c->ratio),
                        p.a == p.b   ? "equals"
                        : no.empty() ? (bench::a_wins(*c) ? p.a : p.b) + " is better"
                                     : no});
    }
  }
  return t;
}

}  // namespace shoal::numa
