#pragma once

#include <cstdint>

#include "base/clock.h"
#include "io/turn_gate.h"

namespace shoal::compute {

/// The kernel's: sleeping as long as a word of this process has a value.
struct futex {
  /// Returns when the word has another value, when woken, or for no reason. False: `until` is past.
  bool wait(io::thread_atomic<std::uint32_t>& word, std::uint32_t value,
            monotonic_time until) noexcept;
  void wake_one(io::thread_atomic<std::uint32_t>& word) noexcept;
};

}  // namespace shoal::compute
