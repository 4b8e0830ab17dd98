#include "load/pick.h"

#include <charconv>
#include <cmath>
#include <string>
#include <utility>

namespace shoal::load {
namespace {

constexpr unsigned most_factor = 1000;

template <typename Number>
bool reads(std::string_view text, Number& to) noexcept {
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, to);
  return parsed.ec == std::errc{} && parsed.ptr == end;
}

}  // namespace

result<pick> parse_pick(std::string_view text) {
  for (const pick each : {pick::idle, pick::random, pick::round_robin, pick::fresh}) {
    if (text == name_of(each)) return each;
  }
  return error{0, "'" + std::string(text) + "' must be idle, random, round-robin or new"};
}

std::string_view name_of(pick which) noexcept {
  constexpr std::string_view names[] = {"idle", "random", "round-robin", "new"};
  return names[static_cast<std::size_t>(which)];
}

result<hot_connections> parse_hot(std::string_view text) {
  hot_connections made;
  const std::size_t colon = text.find(':');
  if (colon != text.npos && reads(text.substr(0, colon), made.share) &&
      reads(text.substr(colon + 1), made.factor) && made.share > 0 && made.share <= 1 &&
      made.factor > 0 && made.factor <= most_factor) {
    return made;
  }
  return error{0, "'" + std::string(text) +
                      "' must be SHARE:FACTOR, as 0.1:10: a share of the connections up to 1, and "
                      "how many times as many requests they get, up to " +
                      std::to_string(most_factor)};
}

std::uint64_t hot_ones(hot_connections hot, std::uint64_t connections) noexcept {
  return static_cast<std::uint64_t>(std::llround(hot.share * static_cast<double>(connections)));
}

deck::deck(std::size_t connections, std::size_t hot, unsigned factor, std::uint64_t seed)
    : random_(seed) {
  for (std::size_t i = 0; i < connections; ++i) {
    cards_.insert(cards_.end(), i < hot ? factor : 1, static_cast<std::uint32_t>(i));
  }
  for (std::size_t i = cards_.size(); i > 1; --i) {
    std::swap(cards_[i - 1], cards_[random_.below(i)]);
  }
}

std::size_t deck::draw() noexcept { return cards_[random_.below(cards_.size())]; }

std::size_t deck::next() noexcept {
  const std::size_t card = cards_[at_];
  at_ = at_ + 1 == cards_.size() ? 0 : at_ + 1;
  return card;
}

}  // namespace shoal::load
