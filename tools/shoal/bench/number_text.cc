#include "bench/number_text.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>

#include "status_text.h"

namespace shoal::bench {
namespace {

std::string fixed(double value, int decimals) {
  char text[400];  // a double has 309 digits at most before the point
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

/// "0.0123", "1.23", "12.3", "123", "1,230".
std::string three_digits(double value) {
  if (std::abs(value) < 1e-12) return "0";
  const auto rounded = [](double v) {
    const double step = std::pow(10, std::floor(std::log10(std::abs(v))) - 2);
    return std::round(v / step) * step;
  };
  const double near = rounded(value);
  if (std::abs(near) >= 1e18) return "1e18 and more";
  if (near >= 1000) return tool::format_count(static_cast<std::uint64_t>(std::round(near)));
  const int decimals = 2 - static_cast<int>(std::floor(std::log10(std::abs(near)) + 1e-9));
  return fixed(near, std::max(0, std::min(decimals, 9)));
}

std::string seconds_text(double seconds) {
  constexpr struct {
    double from;
    double factor;
    const char* name;
  } units[] = {{0.9995, 1, " s"}, {0.9995e-3, 1e3, " ms"}, {0.9995e-6, 1e6, " µs"}};
  for (const auto& each : units) {
    if (seconds >= each.from) return three_digits(seconds * each.factor) + each.name;
  }
  return three_digits(seconds * 1e9) + " ns";
}

/// Two decimals would hide on which side of 1 it is.
bool near_one(double factor) noexcept { return std::abs(factor - 1) < 0.02; }

int decimals_of(const estimate& ratio) noexcept {
  const bool bounds = ratio.enough() && (near_one(ratio.low) || near_one(ratio.high));
  if (bounds || near_one(ratio.middle)) return 3;
  if (ratio.middle < 0.2) return ratio.middle < 0.02 ? 4 : 3;
  return ratio.middle < 10 ? 2 : 1;
}

}  // namespace

std::string value_text(double value, unit in) {
  if (!std::isfinite(value)) return "unknown";
  switch (in) {
    case unit::seconds:
      return seconds_text(value);
    case unit::bytes:
      return tool::format_bytes(static_cast<std::uint64_t>(std::min(std::max(value, 0.0), 1e18)));
    case unit::count:
      return three_digits(value);
  }
  return "unknown";
}

std::string factor_text(double factor, const estimate& of) {
  return fixed(factor, decimals_of(of));
}

std::string ratio_text(const estimate& ratio) {
  const std::string middle = factor_text(ratio.middle, ratio) + " ×";
  if (!ratio.enough()) return middle;
  return middle + " [" + factor_text(ratio.low, ratio) + ", " + factor_text(ratio.high, ratio) +
         "]";
}

std::string round_text(double value, unit in) {
  if (value == 0) return "0";
  const std::string text = value_text(value, in);
  const std::size_t end = std::min(text.find_first_not_of("-0123456789.,"), text.size());
  const std::size_t point = text.find('.');
  if (point >= end) return text;
  std::size_t keep = text.find_last_not_of('0', end - 1) + 1;
  if (keep == point + 1) keep = point;
  return text.substr(0, keep) + text.substr(end);
}

std::string percent_text(double share) { return round_text(share * 100, unit::count) + " %"; }

std::string counted(std::uint64_t count, const std::string& thing) {
  return tool::format_count(count) + " " + thing + (count == 1 ? "" : "s");
}

std::string list_text(const std::vector<std::string>& each) {
  std::string text;
  for (std::size_t i = 0; i < each.size(); ++i) {
    if (i > 0) text += i + 1 == each.size() ? " and " : ", ";
    text += each[i];
  }
  return text;
}

}  // namespace shoal::bench
