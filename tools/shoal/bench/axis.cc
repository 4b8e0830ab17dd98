#include "bench/axis.h"

#include <algorithm>
#include <cmath>

#include "bench/number_text.h"
#include "status_text.h"

namespace shoal::bench {
namespace {

/// On a scale where equal steps are equally far apart.
double stretched(scale kind, double value) noexcept {
  switch (kind) {
    case scale::linear:
      return value;
    case scale::logarithmic:
      return std::log10(std::max(value, 1e-300));
    case scale::percentile:
      return -std::log10(std::max(1 - value, 1e-12));
  }
  return value;
}

/// What one of the unit is that a value of this size is written in.
double unit_of(double value, unit in) noexcept {
  if (in != unit::bytes || value < 1024) return 1;
  return std::pow(1024, std::floor(std::log2(value) / 10));
}

/// 1, 2 or 5 times a power of ten, so that `most` of them cover `span`.
double step_of(double span, double most) noexcept {
  const double least = span / most;
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

std::pair<double, double> bounds(const std::vector<double>& values, double above) noexcept {
  double low = HUGE_VAL;
  double high = -HUGE_VAL;
  for (const double value : values) {
    if (!std::isfinite(value) || value <= above) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  return low <= high ? std::pair(low, high) : std::pair(1.0, 1.0);
}

void add_steps(axis& along, unit in) {
  constexpr double most = 5;
  const double one = unit_of(along.high, in);
  const double step = step_of((along.high - along.low) / one, most) * one;
  for (double k = std::ceil(along.low / step - 1e-9); k * step <= along.high + step * 1e-9; ++k) {
    along.ticks.emplace_back(k * step, round_text(k * step, in));
  }
}

/// 1, 2 and 5 of each power of ten, or fewer where there are many powers.
void add_powers(axis& along, unit in) {
  const double decades = std::log10(along.high / along.low);
  const auto factors = decades > 3 ? std::vector{1.0} : std::vector{1.0, 2.0, 5.0};
  for (double power = std::floor(std::log10(along.low)); power <= std::log10(along.high); ++power) {
    for (const double factor : factors) {
      const double value = factor * std::pow(10, power);
      if (value < along.low * (1 - 1e-9) || value > along.high * (1 + 1e-9)) continue;
      along.ticks.emplace_back(value, round_text(value, in));
    }
  }
}

/// "90", "99", "99.9".
std::string percent_of_nines(int nines) {
  if (nines == 1) return "90";
  return nines == 2 ? "99" : "99." + std::string(static_cast<std::size_t>(nines - 2), '9');
}

}  // namespace

double place_on(const axis& along, double value) noexcept {
  const double low = stretched(along.kind, along.low);
  const double high = stretched(along.kind, along.high);
  const double place = (stretched(along.kind, value) - low) / (high - low);
  return std::isfinite(place) ? std::clamp(place, 0.0, 1.0) : 0;
}

axis from_zero(std::string title, const std::vector<double>& values, unit in) {
  const double most = bounds(values, 0).second;
  const double one = unit_of(most, in);
  const double step = step_of(most * 1.02 / one, 5) * one;
  axis along{std::move(title), scale::linear, 0, std::ceil(most * 1.02 / step) * step, {}};
  add_steps(along, in);
  return along;
}

axis around(std::string title, const std::vector<double>& values, unit in) {
  const auto [low, high] = bounds(values, -HUGE_VAL);
  const double room = std::max((high - low) * 0.08, std::abs(high) * 0.01);
  axis along{std::move(title), scale::linear, low - room, high + room, {}};
  add_steps(along, in);
  return along;
}

axis logarithmic(std::string title, const std::vector<double>& values, unit in) {
  const auto [low, high] = bounds(values, 0);
  axis along{std::move(title), scale::logarithmic, low / 1.15, high * 1.15, {}};
  add_powers(along, in);
  // Less than from one power's 1, 2 or 5 to the next.
  if (along.ticks.size() < 2) {
    along.ticks.clear();
    add_steps(along, in);
  }
  return along;
}

axis at_values(std::string title, const std::vector<double>& values) {
  const auto [low, high] = bounds(values, 0);
  const double room = low < high ? std::pow(high / low, 0.04) : 2;
  axis along{std::move(title), scale::logarithmic, low / room, high * room, {}};
  for (const double value : values) {
    const double whole = std::clamp(std::round(value), 0.0, 1e18);
    along.ticks.emplace_back(value, tool::format_count(static_cast<std::uint64_t>(whole)));
  }
  return along;
}

axis percentiles(double highest) {
  axis along{"percentile", scale::percentile, 0, highest, {{0, "0"}, {0.5, "50"}}};
  double beyond = 0.1;
  for (int nines = 1; 1 - beyond <= highest + 1e-12 && nines < 8; ++nines, beyond /= 10) {
    along.ticks.emplace_back(1 - beyond, percent_of_nines(nines));
  }
  return along;
}

}  // namespace shoal::bench
