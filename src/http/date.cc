#include "http/date.h"

#include <algorithm>

namespace shoal::http {
namespace {

using namespace std::chrono;

// Three letters each. Not strftime, whose names follow the locale.
constexpr std::string_view day_names = "SunMonTueWedThuFriSat";
constexpr std::string_view month_names = "JanFebMarAprMayJunJulAugSepOctNovDec";

char* put(char* out, std::string_view text) noexcept {
  return std::copy(text.begin(), text.end(), out);
}

char* put_two_digits(char* out, unsigned number) noexcept {
  *out++ = static_cast<char>('0' + number / 10);
  *out++ = static_cast<char>('0' + number % 10);
  return out;
}

constexpr sys_seconds first_date = sys_days{year{0} / January / 1};
constexpr sys_seconds last_date = sys_days{year{10'000} / January / 1} - seconds{1};

}  // namespace

void write_date(sys_seconds when, char* out) noexcept {
  when = std::clamp(when, first_date, last_date);
  const auto day_start = floor<days>(when);
  const year_month_day date(day_start);
  const hh_mm_ss time(when - day_start);
  const auto year_number = static_cast<unsigned>(static_cast<int>(date.year()));
  out = put(out, day_names.substr(weekday(day_start).c_encoding() * 3, 3));
  out = put_two_digits(put(out, ", "), static_cast<unsigned>(date.day()));
  out = put(put(out, " "), month_names.substr((static_cast<unsigned>(date.month()) - 1) * 3, 3));
  out = put_two_digits(put(out, " "), year_number / 100);
  out = put_two_digits(out, year_number % 100);
  out = put_two_digits(put(out, " "), static_cast<unsigned>(time.hours().count()));
  out = put_two_digits(put(out, ":"), static_cast<unsigned>(time.minutes().count()));
  out = put_two_digits(put(out, ":"), static_cast<unsigned>(time.seconds().count()));
  put(out, " GMT");
}

void date_line::refresh(monotonic_time now) noexcept {
  const auto wall = clock_();
  const auto second = floor<seconds>(wall);
  write_date(second, text_.data() + 6);
  put(text_.data() + 6 + date_size, "\r\n");
  valid_until_ = now + (second + seconds(1) - wall);
}

}  // namespace shoal::http
