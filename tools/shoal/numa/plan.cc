#include "numa/plan.h"

#include <algorithm>
#include <bit>

namespace shoal::numa {
namespace {

constexpr std::uint64_t least_working_set = 2UL << 20;

}  // namespace

plan quick_plan() { return {}; }

plan full_plan() {
  return {.name = "full",
          .largest_bytes = 2UL << 30,
          .repeats = 15,
          .loads = 1'000'000,
          .least_moved = 64UL << 20,
          .handoff_seconds = 60,
          .most_repeats = 25,
          .server_pairs = 20,
          .server_window = 1,
          .server_warm_up = 0.25,
          .server_seconds = 480,
          .most_arrangements = 100,
          .large_bodies_up_to = 100};
}

std::uint64_t largest_working_set(std::uint64_t most, std::uint64_t last_level_bytes,
                                  std::uint64_t free_bytes) noexcept {
  std::uint64_t bytes = most;
  // Four times its size or more: what is left in the cache of a walk is then a quarter at most.
  if (last_level_bytes > 0) bytes = std::min(bytes, std::bit_ceil(4 * last_level_bytes));
  if (free_bytes > 0) bytes = std::min(bytes, std::bit_floor(free_bytes / 4));
  return std::max(bytes, least_working_set);
}

}  // namespace shoal::numa
