#include "numa/chase.h"

#include <algorithm>

#include "base/clock.h"
#include "numa/random_cycle.h"

namespace shoal::numa {
namespace {

constexpr std::uint64_t most_warm_up = 1 << 20;  // loads: some 0.1 s where each misses all caches

}  // namespace

chase::chase(const arena& memory, std::uint64_t bytes, std::uint64_t seed)
    : at_(memory.data()), lines_(bytes / line_bytes) {
  random_source random(seed);
  link_lines(memory.data(), random_cycle(static_cast<std::uint32_t>(lines_), random));
}

double chase::ns_for_a_load(std::uint64_t loads) noexcept {
  const auto began = read_clock();
  at_ = walk(at_, loads);
  const auto took = read_clock() - began;
  // The compiler has to believe that somebody wants to know where it has come to.
  asm volatile("" : : "r"(at_) : "memory");
  return static_cast<double>(took.count()) / static_cast<double>(loads);
}

void chase::warm_up() noexcept { at_ = walk(at_, std::min(lines_, most_warm_up)); }

std::vector<std::uint64_t> working_sets(std::uint64_t largest) {
  std::vector<std::uint64_t> all;
  for (std::uint64_t bytes = small_page_bytes; bytes <= largest; bytes *= 2) {
    all.push_back(bytes);
    const std::uint64_t between = bytes + bytes / 2;
    if (bytes >= 4 * small_page_bytes && between < largest) all.push_back(between);
  }
  if (!all.empty() && all.back() != largest) all.push_back(largest);
  return all;
}

}  // namespace shoal::numa
