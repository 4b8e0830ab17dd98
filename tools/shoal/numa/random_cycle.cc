#include "numa/random_cycle.h"

#include <numeric>
#include <utility>

namespace shoal::numa {

std::vector<std::uint32_t> random_cycle(std::uint32_t count, random_source& random) {
  std::vector<std::uint32_t> next(count);
  std::iota(next.begin(), next.end(), 0U);
  for (std::uint32_t i = count; i > 1; --i) {
    std::swap(next[i - 1], next[random.below(i - 1)]);
  }
  return next;
}

void link_lines(std::byte* memory, const std::vector<std::uint32_t>& next) noexcept {
  for (std::size_t i = 0; i < next.size(); ++i) {
    auto* const at = reinterpret_cast<std::byte**>(memory + i * line_bytes);
    *at = memory + std::size_t{next[i]} * line_bytes;
  }
}

void* walk(void* from, std::uint64_t loads) noexcept {
  const auto step = [&] { from = *static_cast<void**>(from); };
  for (std::uint64_t left = loads / 8; left > 0; --left) {
    step();
    step();
    step();
    step();
    step();
    step();
    step();
    step();
  }
  for (std::uint64_t left = loads % 8; left > 0; --left) step();
  return from;
}

}  // namespace shoal::numa
