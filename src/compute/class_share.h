// Which of the two classes comes next while both wait: each gets its weight's part of the time that
// jobs take. What a class uses while the other has nothing is nobody's debt, so one that comes back
// after an hour has no claim on that hour.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "shoal/compute/work_class.h"

namespace shoal::compute {

/// Of nine parts of the time.
[[nodiscard]] constexpr unsigned weight_of(work_class of) noexcept {
  return of == work_class::latency ? 8 : 1;
}
[[nodiscard]] constexpr work_class other(work_class of) noexcept {
  return of == work_class::latency ? work_class::bulk : work_class::latency;
}
[[nodiscard]] constexpr std::size_t index(work_class of) noexcept {
  return static_cast<std::size_t>(of);
}

/// Threads: any.
class class_share final {
 public:
  /// Both wait.
  [[nodiscard]] work_class next() const noexcept {
    return ahead_.load(std::memory_order_relaxed) < 0 ? work_class::bulk : work_class::latency;
  }

  /// A job of that class takes time, which it has been given before the other class: charge what is
  /// predicted when it begins, so that not all threads choose the same, and the rest when it ends.
  void charge(work_class of, nanoseconds time) noexcept {
    const std::int64_t scaled = time.count() * weight_of(other(of));
    ahead_.fetch_add(of == work_class::bulk ? scaled : -scaled, std::memory_order_relaxed);
  }

 private:
  /// By how much bulk jobs have had more than their part; less where negative. Relaxed: publishes
  /// nothing, and no thread needs its last value.
  std::atomic<std::int64_t> ahead_{0};
};

}  // namespace shoal::compute
