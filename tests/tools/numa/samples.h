// Machines and findings as they might have been.
#pragma once

#include <string>
#include <vector>

#include "numa/study.h"

namespace shoal::numa {

/// Physical cores of nodes and last-level caches of equal size, numbered as Linux does it on x86:
/// first threads, node by node, and then the second ones.
inline std::vector<core_place> cores_of(unsigned nodes, unsigned caches, unsigned cores,
                                        unsigned threads) {
  std::vector<core_place> all;
  const unsigned each_cache = cores;
  const unsigned physical = nodes * caches * cores;
  for (unsigned id = 0; id < physical * threads; ++id) {
    const unsigned first = id % physical;
    const unsigned cache = first / each_cache;
    all.push_back({.id = id,
                   .node = cache / caches,
                   .package = cache / caches,
                   .llc = cache * each_cache,
                   .physical = first,
                   .caches = {{1, 32 * 1024, threads}, {3, 32UL << 20, cores * threads}}});
  }
  return all;
}

/// Narrow bounds around it.
inline estimate about(double value) { return {value, value * 0.98, value * 1.02, 7}; }

/// Pairs in which `a` serves `factor` times the requests of `b` for a CPU second, give or take a
/// percent.
inline bench::point compared(const std::string& a, const std::string& b, double factor,
                             unsigned pairs = 8) {
  bench::point p{.why = a == b ? bench::purpose::noise : bench::purpose::throughput,
                 .a = a,
                 .b = b,
                 .load = {}};
  for (unsigned i = 0; i < pairs; ++i) {
    const double noise = 1 + (i % 2 == 0 ? 0.01 : -0.01) * (1 + i / 2 % 2);
    bench::measured_pair pair;
    pair.a = {.seconds = 1,
              .answers = static_cast<std::uint64_t>(100'000 * factor * noise),
              .server_seconds = 1};
    pair.b = {.seconds = 1, .answers = 100'000, .server_seconds = 1};
    p.pairs.push_back(pair);
  }
  return p;
}

inline server_findings served(std::vector<bench::point> points) {
  server_findings found{.cores = {0}, .generator = 1};
  found.arrangements = {{"default", {}, "as it is"}};
  for (const auto& p : points) {
    if (p.a != p.b) found.arrangements.push_back({p.a, {p.a}, "another way"});
  }
  found.measured.points = std::move(points);
  return found;
}

/// Of two nodes, where the other one's memory is so many times as far.
inline memory_findings memory_of_two(double far) {
  memory_findings found{.largest_bytes = 256UL << 20};
  for (const page_kind pages : {page_kind::small, page_kind::huge}) {
    latency_curve curve{.pages = pages, .huge_share = pages == page_kind::huge ? 1.0 : 0.0};
    for (std::uint64_t bytes = 4096; bytes <= found.largest_bytes; bytes *= 4) {
      curve.points.push_back({bytes, about(2 + static_cast<double>(bytes) / 4e6)});
      if (pages == page_kind::huge) {
        found.bandwidth_curve.push_back({bytes, {about(20e9), about(10e9), about(8e9)}});
      }
    }
    found.latency.push_back(curve);
  }
  for (const unsigned cpu_node : {0U, 1U}) {
    for (const unsigned memory_node : {0U, 1U}) {
      const double factor = cpu_node == memory_node ? 1 : far;
      const bandwidth rate{about(12e9 / factor), about(8e9 / factor), about(6e9 / factor)};
      found.matrix.push_back({.cpu_node = cpu_node,
                              .memory_node = memory_node,
                              .cpu = cpu_node,
                              .cores = 4,
                              .placed = 1,
                              .latency_ns = about(90 * factor),
                              .alone = rate,
                              .together = rate});
    }
  }
  found.touches.push_back({page_kind::small, 0, 0, 4096, about(500)});
  return found;
}

}  // namespace shoal::numa
