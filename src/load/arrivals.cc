#include "load/arrivals.h"

#include <charconv>
#include <cmath>
#include <string>

namespace shoal::load {
namespace {

constexpr unsigned most_in_a_burst = 100'000;

double uniform(random_source& random) noexcept {
  return static_cast<double>(random.next() >> 11) * 0x1p-53;
}

}  // namespace

result<arrivals> parse_arrivals(std::string_view text) {
  constexpr std::string_view bursts = "bursts:";
  if (text == "constant") return arrivals{pattern::constant, 1};
  if (text == "poisson") return arrivals{pattern::poisson, 1};
  if (text.starts_with(bursts)) {
    const std::string_view number = text.substr(bursts.size());
    arrivals made{pattern::bursts, 0};
    const char* const end = number.data() + number.size();
    const auto parsed = std::from_chars(number.data(), end, made.burst);
    if (parsed.ec == std::errc{} && parsed.ptr == end && made.burst > 0 &&
        made.burst <= most_in_a_burst) {
      return made;
    }
  }
  return error{0, "'" + std::string(text) +
                      "' must be constant, poisson or bursts:N with N up to " +
                      std::to_string(most_in_a_burst)};
}

timetable::timetable(const arrivals& how, double rate, std::uint64_t seed) noexcept
    : how_(how), mean_ns_(1e9 / rate), random_(seed) {}

nanoseconds timetable::gap() noexcept {
  if (how_.how == pattern::poisson) {
    return nanoseconds(std::llround(-std::log1p(-uniform(random_)) * mean_ns_));
  }
  if (in_burst_ != 0) {
    in_burst_ = in_burst_ + 1 == how_.burst ? 0 : in_burst_ + 1;
    return nanoseconds(0);
  }
  in_burst_ = how_.burst == 1 ? 0 : 1;
  const double exact = mean_ns_ * how_.burst + left_;
  const double whole = std::floor(exact);
  left_ = exact - whole;
  return nanoseconds(static_cast<std::int64_t>(whole));
}

}  // namespace shoal::load
