#include "cluster/options/units.h"

#include <charconv>
#include <span>

namespace shoal::cluster {
namespace {

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

// Largest first, for showing. The empty name is the unit of a bare number.
constexpr unit durations[] = {{"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}, {"", 1}};
constexpr unit sizes[] = {
    {"GiB", 1U << 30}, {"MiB", 1U << 20}, {"KiB", 1U << 10}, {"B", 1}, {"", 1}};

std::optional<std::uint64_t> parse(std::string_view text, std::span<const unit> units,
                                   std::uint64_t limit) noexcept {
  const auto digits = text.find_first_not_of("0123456789");
  const auto number = parse_number(text.substr(0, digits));
  const auto name = digits == std::string_view::npos ? std::string_view() : text.substr(digits);
  if (!number) return std::nullopt;
  for (const auto& u : units) {
    if (u.name == name && *number <= limit / u.factor) return *number * u.factor;
  }
  return std::nullopt;
}

std::string show(std::uint64_t value, std::span<const unit> units) {
  for (const auto& u : units) {
    if (value >= u.factor && value % u.factor == 0) {
      return std::to_string(value / u.factor).append(u.name);
    }
  }
  return "0";
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept {
  const auto ms = parse(text, durations, 30ULL * 24 * 3'600'000);
  if (!ms) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(*ms));
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) noexcept {
  return parse(text, sizes, 1ULL << 62);
}

std::optional<std::uint64_t> parse_number(std::string_view text) noexcept {
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string show_duration(std::chrono::milliseconds value) {
  return show(static_cast<std::uint64_t>(value.count()), durations);
}

std::string show_bytes(std::uint64_t value) { return show(value, sizes); }

}  // namespace shoal::cluster
