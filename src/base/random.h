// Seeded random numbers: the same seed gives the same run. Who wants unpredictable ones draws the
// seed after fork, since a seed drawn before it is the same in every child.
#pragma once

#include <cstdint>

namespace shoal {

/// splitmix64: one word of state, passes BigCrush, good enough for everything but secrets.
class random_source final {
 public:
  explicit random_source(std::uint64_t seed) noexcept : state_(seed) {}

  std::uint64_t next() noexcept {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }

  /// 0 .. bound-1; bound > 0. The bias is below bound / 2^64.
  std::uint64_t below(std::uint64_t bound) noexcept {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
  }

  /// True once in n times on average; n > 0.
  bool one_in(std::uint64_t n) noexcept { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

/// A seed from the kernel's generator. Call it after fork.
[[nodiscard]] std::uint64_t draw_seed() noexcept;

}  // namespace shoal
