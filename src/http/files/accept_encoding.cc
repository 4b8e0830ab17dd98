#include "http/files/accept_encoding.h"

#include <algorithm>

#include "http/ascii.h"
#include "http/chars.h"
#include "http/files/trim.h"

namespace shoal::http {
namespace {

constexpr unsigned full_weight = 1000;

/// "0", "0.125", "1.000" in thousandths (12.4.2).
std::optional<unsigned> parse_weight(std::string_view text) noexcept {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return {};
  if (text.size() > 1 && text[1] != '.') return {};
  unsigned value = text[0] == '1' ? full_weight : 0;
  unsigned scale = 100;
  for (std::size_t i = 2; i < text.size(); ++i, scale /= 10) {
    if (!is_digit(text[i])) return {};
    value += static_cast<unsigned>(text[i] - '0') * scale;
  }
  return value <= full_weight ? std::optional(value) : std::nullopt;
}

struct element {
  std::string_view name;
  unsigned weight = full_weight;
};

std::optional<element> parse_element(std::string_view text) noexcept {
  const std::size_t semicolon = text.find(';');
  element e{.name = trimmed(text.substr(0, semicolon))};
  if (semicolon == std::string_view::npos) return e;
  const auto parameter = trimmed(text.substr(semicolon + 1));
  if (!equals_ignoring_case(parameter.substr(0, 2), "q=")) return {};
  const auto weight = parse_weight(parameter.substr(2));
  if (!weight) return {};
  e.weight = *weight;
  return e;
}

}  // namespace

std::string_view name_of(coding c) noexcept {
  constexpr std::array<std::string_view, 3> names = {"br", "gzip", "identity"};
  return names[static_cast<std::size_t>(c)];
}

std::optional<coding> accepted_codings::best() const noexcept {
  const auto* const found = std::ranges::max_element(weights_);
  if (*found == 0) return {};
  return static_cast<coding>(found - weights_.begin());
}

accepted_codings parse_accept_encoding(std::optional<std::string_view> field) noexcept {
  std::array<std::optional<unsigned>, 3> named;
  std::optional<unsigned> others;
  auto rest = field.value_or(std::string_view());
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const auto e = parse_element(trimmed(rest.substr(0, comma)));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    if (!e) continue;
    const auto is = [&](std::string_view name) { return equals_ignoring_case(e->name, name); };
    if (is("*")) others = e->weight;
    if (is("br")) named[0] = e->weight;
    if (is("gzip") || is("x-gzip")) named[1] = e->weight;
    if (is("identity")) named[2] = e->weight;
  }
  accepted_codings accepted;
  for (std::size_t i = 0; i < named.size(); ++i) {
    const bool left_out = !named[i] && !others;
    if (!left_out) accepted.weights_[i] = named[i] ? *named[i] : *others;
  }
  return accepted;
}

}  // namespace shoal::http
