#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace shoal::http {

/// How long a client may take over a body: in all, and for each byte. Only the time counts in which
/// it was waited for, so a handler that reads slowly costs its client nothing.
class body_clock final {
 public:
  /// `rate` in bytes a second, asked for after `grace`; 0: none.
  body_clock(nanoseconds in_all, nanoseconds grace, std::uint32_t rate) noexcept
      : left_(in_all),
        credit_(rate == 0 ? nanoseconds::max() : grace),
        for_each_byte_(rate == 0 ? 0 : 1'000'000'000 / rate) {}

  void received(std::size_t bytes) noexcept {
    if (for_each_byte_ != nanoseconds(0)) credit_ += for_each_byte_ * bytes;
  }
  void wait(monotonic_time now) noexcept {
    if (since_ == never) since_ = now;
  }
  void pause(monotonic_time now) noexcept {
    const auto waited = now - since_;
    since_ = never;
    left_ -= waited;
    if (for_each_byte_ != nanoseconds(0)) credit_ -= waited;
  }
  /// While it waits: when it has been long enough, if nothing comes.
  [[nodiscard]] monotonic_time deadline() const noexcept {
    const auto least = std::min(left_, credit_);
    return least < never - since_ ? since_ + least : never;
  }

 private:
  nanoseconds left_;
  nanoseconds credit_;
  nanoseconds for_each_byte_;
  monotonic_time since_ = never;  // waited for since then
};

}  // namespace shoal::http
