#include "base/random.h"

#include <sys/random.h>

#include "base/clock.h"

namespace shoal {

std::uint64_t draw_seed() noexcept {
  std::uint64_t seed = 0;
  if (::getrandom(&seed, sizeof seed, 0) != static_cast<ssize_t>(sizeof seed))
    seed = to_ns(read_clock());
  return seed;
}

}  // namespace shoal
