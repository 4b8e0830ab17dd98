#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace shoal::compute {

/// What one thread of a pool is doing, for whoever watches. Written by that thread, read by any.
class at_work final {
 public:
  struct view {
    pid_t thread = 0;
    std::uint32_t route = 0;
    monotonic_time since{};
  };

  void is_thread(pid_t id) noexcept { thread_.store(id, std::memory_order_relaxed); }

  void begins(std::uint32_t route, monotonic_time now) noexcept {
    route_.store(route, std::memory_order_relaxed);
    since_ns_.store(to_ns(now), std::memory_order_release);  // partner: look()'s first load
  }
  void ends() noexcept { since_ns_.store(0, std::memory_order_relaxed); }

  /// Nothing while no job runs, and where one ends during the look.
  [[nodiscard]] std::optional<view> look() const noexcept {
    const std::uint64_t since = since_ns_.load(std::memory_order_acquire);
    const std::uint32_t route = route_.load(std::memory_order_acquire);
    if (since == 0 || since_ns_.load(std::memory_order_relaxed) != since) return std::nullopt;
    return view{thread_.load(std::memory_order_relaxed), route, monotonic_time(nanoseconds(since))};
  }

 private:
  std::atomic<pid_t> thread_{0};
  std::atomic<std::uint32_t> route_{0};
  std::atomic<std::uint64_t> since_ns_{0};  ///< no two jobs of a thread begin at the same time
};

}  // namespace shoal::compute
