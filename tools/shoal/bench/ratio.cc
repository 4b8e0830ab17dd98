#include "bench/ratio.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "bench/load_words.h"

namespace shoal::bench {

std::optional<estimate> ratio_of(const point& p, metric by) {
  std::vector<double> ratios;
  for (const measured_pair& pair : p.pairs) {
    const auto a = value_of(pair.a, p.load, by);
    const auto b = value_of(pair.b, p.load, by);
    if (!a || !b || !(*a > 0) || !(*b > 0)) continue;
    const double ratio = *a / *b;
    if (ratio > 0 && std::isfinite(ratio)) ratios.push_back(ratio);
  }
  if (ratios.empty()) return std::nullopt;
  return estimate_ratio(std::move(ratios));
}

std::optional<estimate> level_of(const point& p, side of, metric by) {
  std::vector<double> values;
  for (const measured_pair& pair : p.pairs) {
    if (const auto value = value_of(of == side::a ? pair.a : pair.b, p.load, by)) {
      values.push_back(*value);
    }
  }
  if (values.empty()) return std::nullopt;
  return estimate_median(std::move(values));
}

double noise_of(const results& all, metric by, const load_shape& load) {
  double same = 1;
  double similar = 1;
  for (const point& p : all.points) {
    if (p.why != purpose::noise || open_loop(p.load) != open_loop(load)) continue;
    const auto ratio = ratio_of(p, by);
    if (!ratio) continue;
    const double reach = std::max(ratio->high, 1 / ratio->low);
    similar = std::max(similar, reach);
    if (same_load(p.load, load)) same = std::max(same, reach);
  }
  return same > 1 ? same : similar;
}

}  // namespace shoal::bench
