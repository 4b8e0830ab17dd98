#pragma once

#include <cstdint>
#include <cstdlib>

#include "base/random.h"

namespace shoal::dispatch {

/// SHOAL_SEED, or a new one.
inline std::uint64_t test_seed() {
  const char* const given = std::getenv("SHOAL_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : draw_seed();
}

}  // namespace shoal::dispatch
