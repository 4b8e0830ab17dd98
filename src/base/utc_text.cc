#include "base/utc_text.h"

#include <time.h>

#include <chrono>
#include <cstdio>

namespace shoal {

std::string show_utc(std::int64_t milliseconds) {
  const std::int64_t rest = (milliseconds % 1000 + 1000) % 1000;
  const time_t seconds = (milliseconds - rest) / 1000;
  tm utc{};
  ::gmtime_r(&seconds, &utc);
  char date[40];
  ::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
  char fraction[8];
  std::snprintf(fraction, sizeof fraction, ".%03dZ", static_cast<int>(rest));
  return std::string(date) + fraction;
}

std::int64_t utc_milliseconds() noexcept {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace shoal
