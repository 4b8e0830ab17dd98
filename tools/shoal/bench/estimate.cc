#include "bench/estimate.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace shoal::bench {
namespace {

constexpr double tail_normal = 1.959963984540054;  // 97.5 % of a normal distribution lie below

/// Up to so many values all draws are looked at: there are n * n medians, and powers of 1 / n.
constexpr std::size_t all_draws_max = 200;

/// 97.5 % of Student's t lie below it; Abramowitz and Stegun 26.7.5, right to 0.003 from 5 on.
double student_tail(double freedom) noexcept {
  const double z = tail_normal;
  const double z2 = z * z;
  return z + z * (z2 + 1) / (4 * freedom) +
         z * (5 * z2 * z2 + 16 * z2 + 3) / (96 * freedom * freedom) +
         z * (3 * z2 * z2 * z2 + 19 * z2 * z2 + 17 * z2 - 15) / (384 * freedom * freedom * freedom);
}

/// The part of the bootstrap's distribution that is left out on each side.
double tail_of(std::size_t count) noexcept {
  const auto n = static_cast<double>(count);
  const double distance = std::sqrt(n / (n - 1)) * student_tail(n - 1);
  return std::erfc(distance / std::sqrt(2.0)) / 2;
}

/// n over k, where it matters as a factor: as a double.
double choose(std::size_t n, std::size_t k) noexcept {
  double ways = 1;
  for (std::size_t i = 1; i <= k; ++i) {
    ways *= static_cast<double>(n - k + i) / static_cast<double>(i);
  }
  return ways;
}

/// At least `least` of n draws fall where one does with probability p.
double at_least(std::size_t least, std::size_t n, double p) noexcept {
  double sum = 0;
  for (std::size_t k = least; k <= n; ++k) {
    sum += choose(n, k) * std::pow(p, static_cast<double>(k)) *
           std::pow(1 - p, static_cast<double>(n - k));
  }
  return std::min(sum, 1.0);
}

/// A median that can be drawn, and how probable it is.
using atom = std::pair<double, double>;

/// Upwards, each value once.
std::vector<atom> in_order(std::vector<atom> medians) {
  std::sort(medians.begin(), medians.end());
  std::vector<atom> distinct;
  for (const atom& each : medians) {
    if (!distinct.empty() && distinct.back().first == each.first) {
      distinct.back().second += each.second;
    } else {
      distinct.push_back(each);
    }
  }
  return distinct;
}

/// n draws of n sorted values, n odd: the median is one of them.
std::vector<atom> medians_of_odd(const std::vector<double>& sorted) {
  const std::size_t n = sorted.size();
  std::vector<atom> medians;
  double below = 0;
  for (std::size_t i = 1; i <= n; ++i) {
    const double up_to_here =
        at_least(n / 2 + 1, n, static_cast<double>(i) / static_cast<double>(n));
    medians.emplace_back(sorted[i - 1], up_to_here - below);
    below = up_to_here;
  }
  return medians;
}

/// n even: the median lies between the two in the middle, values i and j. For i < j half of the
/// draws are at most i, the largest of them i, and the others at least j, the smallest of them j.
std::vector<atom> medians_of_even(const std::vector<double>& sorted) {
  const std::size_t n = sorted.size();
  const auto half = static_cast<double>(n) / 2;
  const auto part = [&](std::size_t k) {
    return std::pow(static_cast<double>(k) / static_cast<double>(n), half);
  };
  const double ways = choose(n, n / 2);
  std::vector<atom> medians;
  double below = 0;
  for (std::size_t i = 1; i <= n; ++i) {
    const double lower_up_to_here =
        at_least(n / 2, n, static_cast<double>(i) / static_cast<double>(n));
    double same = lower_up_to_here - below;
    below = lower_up_to_here;
    for (std::size_t j = i + 1; j <= n; ++j) {
      const double probability = ways * (part(i) - part(i - 1)) * (part(n - j + 1) - part(n - j));
      medians.emplace_back((sorted[i - 1] + sorted[j - 1]) / 2, probability);
      same -= probability;
    }
    medians.emplace_back(sorted[i - 1], same);
  }
  return medians;
}

/// Of many values the bounds are these two themselves, as the bootstrap's come to be.
estimate from_many(const std::vector<double>& sorted, double middle) {
  const auto n = static_cast<double>(sorted.size());
  const auto out = static_cast<std::size_t>(std::floor((n - tail_normal * std::sqrt(n)) / 2));
  return {middle, sorted[out], sorted[sorted.size() - 1 - out],
          static_cast<unsigned>(sorted.size())};
}

/// What this part of the distribution lies before, from the front of `medians`. Each of them stands
/// in the middle of what it adds, and between two the way is even: a step from one to the next, as
/// is usual, would be a whole value of a few.
template <typename Iterator>
double bound(Iterator begin, Iterator end, double part) noexcept {
  double before = 0;
  double sum = 0;
  for (Iterator each = begin; each != end; ++each) {
    const double middle = sum + each->second / 2;
    if (middle >= part) {
      if (each == begin) return each->first;
      const Iterator last = std::prev(each);
      return last->first + (each->first - last->first) * (part - before) / (middle - before);
    }
    before = middle;
    sum += each->second;
  }
  return std::prev(end)->first;
}

template <typename Change>
estimate changed(estimate e, Change change) {
  return {change(e.middle), change(e.low), change(e.high), e.count};
}

}  // namespace

bool estimate::enough() const noexcept { return count >= values_min; }

estimate estimate_median(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  const double middle = (values[(n - 1) / 2] + values[n / 2]) / 2;
  const auto count = static_cast<unsigned>(n);
  if (count < values_min) return {middle, values.front(), values.back(), count};
  if (n > all_draws_max) return from_many(values, middle);
  const auto medians = in_order(n % 2 == 1 ? medians_of_odd(values) : medians_of_even(values));
  const double tail = tail_of(n);
  return {middle, bound(medians.begin(), medians.end(), tail),
          bound(medians.rbegin(), medians.rend(), tail), count};
}

estimate estimate_ratio(std::vector<double> ratios) {
  if (ratios.empty()) return {};
  for (double& ratio : ratios) ratio = std::log(ratio);
  return changed(estimate_median(std::move(ratios)), [](double log) { return std::exp(log); });
}

estimate inverse(const estimate& ratio) noexcept {
  return {1 / ratio.middle, 1 / ratio.high, 1 / ratio.low, ratio.count};
}

estimate quotient(const estimate& of, const estimate& by) noexcept {
  const double middle = of.middle / by.middle;
  const double down = std::hypot(std::log(of.middle / of.low), std::log(by.high / by.middle));
  const double up = std::hypot(std::log(of.high / of.middle), std::log(by.middle / by.low));
  return {middle, middle * std::exp(-down), middle * std::exp(up), std::min(of.count, by.count)};
}

}  // namespace shoal::bench
