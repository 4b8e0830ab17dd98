// Latency of memory, by loads that wait for each other.
#pragma once

#include <cstdint>
#include <vector>

#include "numa/arena.h"

namespace shoal::numa {

class chase final {
 public:
  /// Links the first `bytes` of `memory` into one random cycle. They are a multiple of a line's, at
  /// most the arena's, and at least one line. Lifetime: `memory` outlives it.
  chase(const arena& memory, std::uint64_t bytes, std::uint64_t seed);

  /// One walk of so many loads, from where the last one has ended.
  [[nodiscard]] double ns_for_a_load(std::uint64_t loads) noexcept;

  /// Walks it once, or for as long as makes sense of a large one.
  void warm_up() noexcept;

 private:
  void* at_;
  std::uint64_t lines_;
};

/// Which working sets: powers of two and one between each two, from a page's size to `largest`.
[[nodiscard]] std::vector<std::uint64_t> working_sets(std::uint64_t largest);

}  // namespace shoal::numa
