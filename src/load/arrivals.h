// When requests are due in an open loop: decided by a rate and a seed alone, so that nothing the
// server does changes what it is asked.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"

namespace shoal::load {

enum class pattern : std::uint8_t {
  constant,  ///< one interval after another
  poisson,   ///< independent of each other, as many clients are
  bursts,    ///< so many at once, then nothing until the next ones
};

struct arrivals {
  pattern how = pattern::constant;
  unsigned burst = 1;  ///< of pattern::bursts
};

/// "constant", "poisson" or "bursts:N".
[[nodiscard]] result<arrivals> parse_arrivals(std::string_view text);

/// The gaps between one request and the next.
class timetable final {
 public:
  /// Of `rate` requests a second.
  timetable(const arrivals& how, double rate, std::uint64_t seed) noexcept;

  /// Constant gaps are rounded so that their sum is never off by more than a nanosecond.
  [[nodiscard]] nanoseconds gap() noexcept;

 private:
  arrivals how_;
  double mean_ns_;
  double left_ = 0;  // of a nanosecond, from the gaps before
  unsigned in_burst_ = 0;
  random_source random_;
};

}  // namespace shoal::load
