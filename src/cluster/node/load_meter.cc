#include "cluster/node/load_meter.h"

#include <algorithm>
#include <utility>

namespace shoal::cluster {
namespace {

constexpr nanoseconds window_length = std::chrono::seconds(1);

// A request's weight in the average is 1/memory; many in one turn together weigh at most a half. A
// rare heavy request raises the guess for dozens of light ones after it, and no longer.
constexpr double memory = 32;

}  // namespace

void load_meter::add_turn(std::uint64_t turn_ns, std::uint64_t requests_total) noexcept {
  const auto length = static_cast<double>(turn_ns);
  turns_ns_ += length;
  squares_ns2_ += length * length;
  longest_ns_ = std::max(longest_ns_, turn_ns);
  unattributed_ns_ += length;
  if (requests_total == answered_) return;
  const auto answers =
      static_cast<double>(requests_total - std::exchange(answered_, requests_total));
  const double each = std::exchange(unattributed_ns_, 0) / answers;
  const double weight = request_ns_ == 0 ? 1 : std::min(answers / memory, 0.5);
  request_ns_ += (each - request_ns_) * weight;
}

std::uint64_t load_meter::predict_us(std::uint64_t requests) const noexcept {
  if (requests == 0) return 0;
  const double each_ns = request_ns_ + kernel_ns_;
  return 1 + static_cast<std::uint64_t>(static_cast<double>(requests) * each_ns / 1000);
}

bool load_meter::window_is_over(monotonic_time now) const noexcept {
  return now >= window_began_ + window_length;
}

load_meter::window load_meter::close_window(monotonic_time now, std::uint64_t cpu_ns) noexcept {
  const auto length = static_cast<double>(std::max<std::int64_t>((now - window_began_).count(), 1));
  const double busy_ns = std::max(turns_ns_, static_cast<double>(cpu_ns));
  if (answered_ != answered_before_) {
    kernel_ns_ = (busy_ns - turns_ns_) / static_cast<double>(answered_ - answered_before_);
  }
  // Longer than the longest turn it is only where the clock of the window jumped.
  const double lag_mean_ns = std::min(squares_ns2_ / 2 / length, static_cast<double>(longest_ns_));
  const window closed{.busy_ppm = static_cast<std::uint64_t>(std::min(busy_ns / length, 1.0) * 1e6),
                      .lag_mean_ns = static_cast<std::uint64_t>(lag_mean_ns),
                      .lag_max_ns = longest_ns_};
  window_began_ = now;
  answered_before_ = answered_;
  turns_ns_ = squares_ns2_ = 0;
  longest_ns_ = 0;
  return closed;
}

}  // namespace shoal::cluster
