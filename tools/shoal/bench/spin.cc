#include "bench/spin.h"

#include <algorithm>
#include <chrono>

#include "base/clock.h"

namespace shoal::bench {

std::uint64_t spin(std::uint64_t steps) noexcept {
  std::uint64_t x = 88172645463325252U;
  for (std::uint64_t i = 0; i < steps; ++i) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
  }
  return x;
}

// The best of many short tries: whatever disturbs one makes it slower.
double steps_in_a_microsecond() noexcept {
  constexpr std::uint64_t steps = 200'000;
  constexpr int tries = 50;
  nanoseconds best = nanoseconds::max();
  volatile std::uint64_t used = 0;
  for (int i = 0; i < tries; ++i) {
    const auto began = read_clock();
    used = spin(steps);
    best = std::min(best, read_clock() - began);
  }
  static_cast<void>(used);
  return static_cast<double>(steps) * 1000 / static_cast<double>(std::max(best.count(), 1L));
}

}  // namespace shoal::bench
