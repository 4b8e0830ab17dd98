#include "http/files/parse_date.h"

#include <algorithm>
#include <array>

#include "http/chars.h"

namespace shoal::http {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 7> day_names = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> month_names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Takes a text apart from its front; after the first thing that is not there, nothing fits.
class scanner final {
 public:
  explicit scanner(std::string_view text) noexcept : text_(text) {}

  [[nodiscard]] bool whole() const noexcept { return fits_ && text_.empty(); }

  bool take(std::string_view literal) noexcept {
    if (!text_.starts_with(literal)) return fits_ = false;
    text_.remove_prefix(literal.size());
    return true;
  }

  unsigned number(std::size_t digits) noexcept {
    if (text_.size() < digits) return fits_ = false;
    unsigned value = 0;
    for (const char c : text_.substr(0, digits)) {
      fits_ = fits_ && is_digit(c);
      value = value * 10 + static_cast<unsigned char>(c - '0');
    }
    text_.remove_prefix(digits);
    return value;
  }

  /// asctime pads a day with a blank.
  unsigned padded_day() noexcept {
    return text_.starts_with(' ') && take(" ") ? number(1) : number(2);
  }

  /// Which of the names it is, by their first `letters`.
  template <std::size_t Count>
  unsigned name(const std::array<std::string_view, Count>& names, std::size_t letters) noexcept {
    for (unsigned i = 0; i < Count; ++i) {
      const auto one = names[i].substr(0, letters);
      if (text_.starts_with(one)) return text_.remove_prefix(one.size()), i;
    }
    return fits_ = false;
  }

  seconds time() noexcept {
    const hours h(number(2));
    take(":");
    const minutes m(number(2));
    take(":");
    const seconds s(number(2));
    fits_ = fits_ && h <= hours(23) && m <= minutes(59) && s <= seconds(60);
    return h + m + std::min(s, seconds(59));
  }

 private:
  std::string_view text_;
  bool fits_ = true;
};

struct moment {
  unsigned weekday = 0, day = 0, month = 0, year = 0;
  seconds time{};
};

bool read_fixdate(scanner in, moment& m) noexcept {
  m.weekday = in.name(day_names, 3);
  in.take(", ");
  m.day = in.number(2);
  in.take(" ");
  m.month = in.name(month_names, 3);
  in.take(" ");
  m.year = in.number(4);
  in.take(" ");
  m.time = in.time();
  in.take(" GMT");
  return in.whole();
}

bool read_rfc850(scanner in, int this_year, moment& m) noexcept {
  m.weekday = in.name(day_names, 9);
  in.take(", ");
  m.day = in.number(2);
  in.take("-");
  m.month = in.name(month_names, 3);
  in.take("-");
  m.year = static_cast<unsigned>(std::max(this_year - this_year % 100, 0)) + in.number(2);
  if (static_cast<int>(m.year) > this_year + 50) m.year -= 100;
  in.take(" ");
  m.time = in.time();
  in.take(" GMT");
  return in.whole();
}

bool read_asctime(scanner in, moment& m) noexcept {
  m.weekday = in.name(day_names, 3);
  in.take(" ");
  m.month = in.name(month_names, 3);
  in.take(" ");
  m.day = in.padded_day();
  in.take(" ");
  m.time = in.time();
  in.take(" ");
  m.year = in.number(4);
  return in.whole();
}

}  // namespace

std::optional<sys_seconds> parse_date(std::string_view text, sys_seconds now) noexcept {
  const int this_year = static_cast<int>(year_month_day(floor<days>(now)).year());
  const scanner in(text);
  moment m;
  if (!read_fixdate(in, m) && !read_rfc850(in, this_year, m) && !read_asctime(in, m)) return {};
  const year_month_day date(year(static_cast<int>(m.year)), month(m.month + 1), day(m.day));
  if (!date.ok() || weekday(sys_days(date)) != weekday(m.weekday)) return {};
  return sys_days(date) + m.time;
}

}  // namespace shoal::http
