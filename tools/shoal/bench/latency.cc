#include "bench/latency.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace shoal::bench {

std::uint64_t count_of(const latencies& l) noexcept {
  std::uint64_t sum = 0;
  for (const auto& bucket : l) sum += bucket.second;
  return sum;
}

latencies merge(const latencies& one, const latencies& other) {
  latencies both;
  both.reserve(one.size() + other.size());
  std::merge(one.begin(), one.end(), other.begin(), other.end(), std::back_inserter(both));
  latencies sum;
  for (const auto& [upper_ns, count] : both) {
    if (!sum.empty() && sum.back().first == upper_ns) {
      sum.back().second += count;
    } else {
      sum.emplace_back(upper_ns, count);
    }
  }
  return sum;
}

latencies coarser(const latencies& l) {
  constexpr std::uint64_t exact = 256;
  latencies wide;
  for (const auto& [upper_ns, count] : l) {
    const int dropped = static_cast<int>(std::bit_width(upper_ns / exact));
    const std::uint64_t upper = (((upper_ns >> dropped) + 1) << dropped) - 1;
    if (!wide.empty() && wide.back().first == upper) {
      wide.back().second += count;
    } else {
      wide.emplace_back(upper, count);
    }
  }
  return wide;
}

std::optional<double> percentile_ns(const latencies& l, double share) noexcept {
  const auto all = static_cast<double>(count_of(l));
  if (all == 0) return std::nullopt;
  // A little less, since 0.999 * 1000 is a little more than 999.
  const double rank = std::max(1.0, std::ceil(share * all - 1e-6));
  double seen = 0;
  for (const auto& [upper_ns, count] : l) {
    seen += static_cast<double>(count);
    if (seen >= rank) return static_cast<double>(upper_ns);
  }
  return static_cast<double>(l.back().first);
}

}  // namespace shoal::bench
