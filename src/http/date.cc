#include "http/date.h"

#include <time.h>

#include <algorithm>
#include <cstdio>

namespace shoal::http {

void date_line::refresh(monotonic_time now) noexcept {
  static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto wall = clock_();
  const auto second = std::chrono::floor<std::chrono::seconds>(wall);
  const std::time_t seconds = second.time_since_epoch().count();
  tm utc{};
  ::gmtime_r(&seconds, &utc);
  // Not strftime, whose names follow the locale.
  char text[64];
  std::snprintf(text, sizeof text, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n",
                days[utc.tm_wday], utc.tm_mday, months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour,
                utc.tm_min, utc.tm_sec);
  std::copy_n(text, size, text_.begin());
  valid_until_ = now + (second + std::chrono::seconds(1) - wall);
}

}  // namespace shoal::http
