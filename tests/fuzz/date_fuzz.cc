// Dates: what is read is written and read again as the same second, and every second between the
// years 1 and 9999 is read from each of its forms.
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "base/check.h"
#include "fuzz/pieces.h"
#include "http/date.h"
#include "http/files/parse_date.h"

namespace shoal::http {
namespace {

using namespace std::chrono;

constexpr sys_seconds now = sys_days(year(2026) / 11 / 24) + hours(12);

std::string fixdate(sys_seconds when) {
  std::string text(date_size, '\0');
  write_date(when, text.data());
  return text;
}

struct parts {
  explicit parts(sys_seconds when)
      : date(floor<days>(when)), day(weekday(floor<days>(when))), time(when - floor<days>(when)) {}
  year_month_day date;
  weekday day;
  hh_mm_ss<seconds> time;

  [[nodiscard]] std::string clock() const {
    std::array<char, 16> text;
    std::snprintf(text.data(), text.size(), "%02d:%02d:%02d", int(time.hours().count()),
                  int(time.minutes().count()), int(time.seconds().count()));
    return text.data();
  }
};

std::string asctime(const parts& p, const std::string& fix) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.3s %.3s %2u %s %04d", fix.c_str(), fix.c_str() + 8,
                unsigned(p.date.day()), p.clock().c_str(), int(p.date.year()));
  return text.data();
}

std::string rfc850(const parts& p, const std::string& fix) {
  constexpr std::array<const char*, 7> names = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                "Thursday", "Friday", "Saturday"};
  std::array<char, 48> text;
  std::snprintf(text.data(), text.size(), "%s, %02u-%.3s-%02d %s GMT", names[p.day.c_encoding()],
                unsigned(p.date.day()), fix.c_str() + 8, int(p.date.year()) % 100,
                p.clock().c_str());
  return text.data();
}

void check_forms(sys_seconds when) {
  const auto fix = fixdate(when);
  const parts p(when);
  SHOAL_CHECK(parse_date(fix, now) == when);
  SHOAL_CHECK(parse_date(asctime(p, fix), now) == when);
  const int year_of = int(p.date.year());
  if (year_of > 1976 && year_of <= 2076) SHOAL_CHECK(parse_date(rfc850(p, fix), now) == when);
}

}  // namespace
}  // namespace shoal::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace shoal;
  using namespace shoal::http;
  const auto text = fuzz::as_text(data, size);
  const auto read = parse_date(text, now);
  if (read) SHOAL_CHECK(parse_date(fixdate(*read), now) == read);
  random_source random(fuzz::seed_from(text));
  constexpr sys_seconds first = sys_days(year(1) / 1 / 1), end = sys_days(year(10000) / 1 / 1);
  const auto any = static_cast<std::uint64_t>((end - first).count());
  check_forms(first + seconds(random.below(any)));
  check_forms(now - days(365 * 49) + seconds(random.below(std::uint64_t{98} * 365 * 86400)));
  return 0;
}
