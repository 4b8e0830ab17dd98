// Results as a machine might have had them, from a seed: contenders with known differences, noise
// of their own and drift that both of a pair have.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>

#include "base/random.h"
#include "bench/results.h"

namespace shoal::bench {

/// Of normal distribution, by Box and Muller.
inline double draw_normal(random_source& random) {
  const auto uniform = [&] { return (static_cast<double>(random.below(1 << 30)) + 1) / (1 << 30); };
  const double distance = std::sqrt(-2 * std::log(uniform()));
  return distance * std::cos(2 * std::numbers::pi * uniform());
}

/// A factor around 1.
inline double draw_factor(random_source& random, double spread) {
  return std::exp(spread * draw_normal(random));
}

/// What a contender does at a point when nothing disturbs it.
struct true_figures {
  double rate = 50'000;
  double server_cpu_us = 15;
  double median_us = 400;
  double system_calls = -1;
  double completions_a_turn = -1;
  double bytes = 30e6;
};

struct conditions {
  double drift = 0.15;  ///< of the machine, the same for both of a pair
  double noise = 0.01;  ///< of each measurement
};

[[nodiscard]] measurement draw_measurement(random_source& random, const true_figures& truth,
                                           const load_shape& load, double drift, double noise);

[[nodiscard]] point draw_point(random_source& random, purpose why, const std::string& a,
                               const true_figures& of_a, const std::string& b,
                               const true_figures& of_b, const load_shape& load, unsigned pairs,
                               const conditions& under = {});

/// Of everything that a plan can have, and every section of a report.
[[nodiscard]] results draw_results(std::uint64_t seed);

}  // namespace shoal::bench
