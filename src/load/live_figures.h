// What others may look at while a load goes on.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace shoal::load {

/// Of one generator, which writes them; any thread reads them. Relaxed: each is of its own, and
/// nobody concludes from one about another.
struct live_figures {
  std::atomic<std::uint64_t> right{0};
  std::atomic<std::uint64_t> wrong{0};
  std::atomic<std::uint64_t> behind_ns{0};  ///< of the plan: due and not sent
};

struct live_sum {
  std::uint64_t right = 0;
  std::uint64_t wrong = 0;
  nanoseconds behind{0};  ///< the thread that is most so

  void add(const live_figures& one) noexcept {
    right += one.right.load(std::memory_order_relaxed);
    wrong += one.wrong.load(std::memory_order_relaxed);
    behind = std::max(behind, nanoseconds(one.behind_ns.load(std::memory_order_relaxed)));
  }
};

}  // namespace shoal::load
