#include "http/files/ranges.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "http/ascii.h"
#include "http/chars.h"
#include "http/files/trim.h"

namespace shoal::http {
namespace {

constexpr std::string_view unit = "bytes=";

/// All digits; a number too large for 64 bits is the largest, which is behind the end of every
/// file.
std::optional<std::uint64_t> parse_number(std::string_view text) noexcept {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  if (text.empty()) return {};
  std::uint64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return {};
    const auto digit = static_cast<std::uint64_t>(c - '0');
    value = value > (most - digit) / 10 ? most : value * 10 + digit;
  }
  return value;
}

/// "first-last", "first-" or "-suffix" in a file of `size` bytes. nullopt: malformed; of no bytes:
/// cannot be satisfied.
std::optional<byte_range> parse_range(std::string_view text, std::uint64_t size) noexcept {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return {};
  const auto before = text.substr(0, dash);
  const auto after = text.substr(dash + 1);
  if (before.empty()) {
    const auto suffix = parse_number(after);
    if (!suffix) return {};
    const std::uint64_t bytes = std::min(*suffix, size);
    return byte_range{size - bytes, bytes};
  }
  const auto first = parse_number(before);
  const auto last = after.empty() ? std::numeric_limits<std::uint64_t>::max() : parse_number(after);
  if (!first || !last || *last < *first) return {};
  if (*first >= size) return byte_range{};
  return byte_range{*first, std::min(*last, size - 1) - *first + 1};
}

}  // namespace

bool range_choice::add(byte_range part) noexcept {
  const auto overlaps = [&](const byte_range& other) {
    return part.first < other.end() && other.first < part.end();
  };
  if (count_ == most_parts || std::ranges::any_of(parts(), overlaps)) return false;
  parts_[count_++] = part;
  return true;
}

range_choice choose_ranges(std::string_view field, std::uint64_t size) noexcept {
  // An empty file has no byte that a Content-Range could name.
  if (size == 0 || !equals_ignoring_case(field.substr(0, unit.size()), unit)) return {};
  range_choice choice;
  bool any = false;
  for (auto rest = field.substr(unit.size()); !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const auto element = trimmed(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    if (element.empty()) continue;
    any = true;
    const auto part = parse_range(element, size);
    if (!part || (part->bytes > 0 && !choice.add(*part))) return {};
  }
  if (!any) return {};
  using enum range_choice::kind;
  choice.what_ = choice.count_ > 0 ? parts : unsatisfiable;
  return choice;
}

}  // namespace shoal::http
