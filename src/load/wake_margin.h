// How long before its time a thread has to be woken to be on time.
//
// A sleep ends late: on a virtual machine by some 60 us, of which most is the way out of an idle
// core. Who sleeps until a request is due sends it that late. So it sleeps until a margin before,
// and then looks without sleeping; the margin follows what sleeps have shown, so that nine of ten
// end within it and little is spent on looking.
#pragma once

#include <algorithm>

#include "base/clock.h"

namespace shoal::load {

class wake_margin final {
 public:
  /// Never above `most`; 0: always sleeps until the end.
  explicit wake_margin(nanoseconds most) noexcept : most_(most), margin_(most / 2) {}

  [[nodiscard]] nanoseconds get() const noexcept { return margin_; }

  /// A sleep has ended so late. Nine steps up for one that is beyond the margin and one down for
  /// one that is not stand still where one of ten is beyond.
  void note(nanoseconds late) noexcept {
    constexpr nanoseconds step{500};
    margin_ += late > margin_ ? 9 * step : -step;
    margin_ = std::clamp(margin_, nanoseconds(0), most_);
  }

 private:
  nanoseconds most_;
  nanoseconds margin_;
};

}  // namespace shoal::load
