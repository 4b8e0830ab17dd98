#include "dispatch/simulation_load.h"

#include <charconv>
#include <optional>
#include <string>
#include <utility>

namespace shoal::dispatch {
namespace {

constexpr double day_ms = 24 * 3600 * 1000.0;

/// A decimal number at the beginning, which is cut off.
std::optional<double> take_number(std::string_view& text) noexcept {
  double number = 0;
  const auto [end, failed] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (failed != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::optional<double> unit_ms(std::string_view unit) noexcept {
  if (unit == "us") return 0.001;
  if (unit == "ms") return 1;
  if (unit == "s") return 1000;
  return std::nullopt;
}

error no_kind(std::string_view part) {
  return {0, '"' + std::string(part) +
                 "\" is no kind of request: write SHARE:TIME as in 0.95:0.05ms, TIME, exp:TIME, or "
                 "one of exp, b1 and b2 alone"};
}

/// "0.95:0.05ms", "0.95:exp:1ms", "exp:1ms" or "1ms".
result<service_kind> parse_kind(std::string_view part) {
  service_kind kind;
  std::string_view rest = part;
  if (const auto share = take_number(rest); share && rest.starts_with(':')) {
    if (!(*share > 0 && *share <= 1e9))
      return error{0, no_kind(part).message + "; a share is above 0"};
    kind.share = *share;
    rest.remove_prefix(1);
  } else {
    rest = part;
  }
  constexpr std::string_view exponential = "exp:";
  if (rest.starts_with(exponential)) {
    kind.exponential = true;
    rest.remove_prefix(exponential.size());
  }
  const result<double> time = parse_milliseconds(rest);
  if (!time) return no_kind(part);
  kind.mean_ms = time.value();
  return kind;
}

std::string_view spelled_out(std::string_view text) noexcept {
  if (text == "exp") return "exp:1ms";
  if (text == "b1") return "0.9:0.5ms,0.1:5.5ms";
  if (text == "b2") return "0.995:0.5ms,0.005:100.5ms";
  return text;
}

}  // namespace

result<double> parse_milliseconds(std::string_view text) {
  std::string_view unit = text;
  const auto number = take_number(unit);
  const auto factor = unit_ms(unit);
  const double ms = number && factor ? *number * *factor : 0;
  if (ms > 0 && ms <= day_ms) return ms;
  return error{0, '"' + std::string(text) + "\" is no time: write 50us, 0.05ms or 2s"};
}

service_mix::service_mix(std::vector<service_kind> kinds) : kinds_(std::move(kinds)) {
  double sum = 0;
  for (const service_kind& kind : kinds_) sum += kind.share;
  for (unsigned i = 0; i < kinds_.size(); ++i) {
    kinds_[i].share /= sum;
    mean_ms_ += kinds_[i].share * kinds_[i].mean_ms;
    if (kinds_[i].mean_ms < kinds_[light_].mean_ms) light_ = i;
  }
}

result<service_mix> service_mix::parse(std::string_view text) {
  std::vector<service_kind> kinds;
  std::string_view rest = spelled_out(text);
  for (bool more = true; more;) {
    const std::size_t comma = rest.find(',');
    const result<service_kind> kind = parse_kind(rest.substr(0, comma));
    if (!kind) return kind.error();
    kinds.push_back(kind.value());
    more = comma != std::string_view::npos;
    if (more) rest.remove_prefix(comma + 1);
  }
  return service_mix(std::move(kinds));
}

service_mix::drawn service_mix::draw(random_source& random) const noexcept {
  double place = draw_fraction(random);
  unsigned kind = 0;
  while (kind + 1 < kinds_.size() && place >= kinds_[kind].share) place -= kinds_[kind++].share;
  const service_kind& k = kinds_[kind];
  return {kind, k.exponential ? draw_exponential(random, k.mean_ms) : k.mean_ms};
}

}  // namespace shoal::dispatch
