#pragma once

#include <array>
#include <chrono>
#include <string_view>

#include "base/clock.h"

namespace shoal::http {

using wall_clock = std::chrono::system_clock::time_point (*)();

inline constexpr std::size_t date_size = 29;

/// "Tue, 24 Nov 2026 09:46:54 GMT", date_size characters (RFC 9110 5.6.7, IMF-fixdate). Years below
/// 0 and above 9999 have no such form: the nearest moment that has one is written.
void write_date(std::chrono::sys_seconds when, char* out) noexcept;

/// "Date: Tue, 24 Nov 2026 09:46:54 GMT\r\n", made anew once a second.
class date_line final {
 public:
  static constexpr std::size_t size = 6 + date_size + 2;

  explicit date_line(wall_clock clock) noexcept : clock_(clock) {}

  /// `now` is the loop's time: it decides whether a second has passed, the wall clock which one it
  /// is. Behind the wall clock by the length of a turn at most.
  [[nodiscard]] std::string_view at(monotonic_time now) noexcept {
    if (now >= valid_until_) [[unlikely]]
      refresh(now);
    return {text_.data(), size};
  }

 private:
  void refresh(monotonic_time now) noexcept;

  wall_clock clock_;
  std::array<char, size> text_{'D', 'a', 't', 'e', ':', ' '};
  monotonic_time valid_until_ = monotonic_time::min();
};

}  // namespace shoal::http
