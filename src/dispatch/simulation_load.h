// What comes in to a virtual cluster: how long requests take, and when they arrive. Times are
// milliseconds; everything follows from a seed.
#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"

namespace shoal::dispatch {

/// 0 < x < 1.
[[nodiscard]] inline double draw_fraction(random_source& random) noexcept {
  return (static_cast<double>(random.next() >> 11) + 0.5) * 0x1p-53;
}

[[nodiscard]] inline double draw_exponential(random_source& random, double mean) noexcept {
  return -mean * std::log(draw_fraction(random));
}

/// One kind of request.
struct service_kind {
  double share = 1;
  double mean_ms = 1;
  bool exponential = false;  ///< else each takes just mean_ms
};

/// "50us", "0.05ms", "1.5s"; above 0, at most a day.
[[nodiscard]] result<double> parse_milliseconds(std::string_view text);

class service_mix final {
 public:
  /// Shares are taken relative to their sum.
  explicit service_mix(std::vector<service_kind> kinds);

  /// "0.95:0.05ms,0.05:20ms", "exp:1ms", "1ms", or a name: exp (1 ms on average), b1 (90 % 0.5 ms,
  /// 10 % 5.5 ms), b2 (99.5 % 0.5 ms, 0.5 % 100.5 ms).
  static result<service_mix> parse(std::string_view text);

  struct drawn {
    unsigned kind;
    double ms;
  };
  [[nodiscard]] drawn draw(random_source& random) const noexcept;

  [[nodiscard]] double mean_ms() const noexcept { return mean_ms_; }
  [[nodiscard]] const std::vector<service_kind>& kinds() const noexcept { return kinds_; }

  /// The kind that takes the least time.
  [[nodiscard]] unsigned light() const noexcept { return light_; }

 private:
  std::vector<service_kind> kinds_;  ///< their shares add up to 1
  double mean_ms_ = 0;
  unsigned light_ = 0;
};

}  // namespace shoal::dispatch
