// Counts allocations and makes one of them fail. A program with `allocation_counter` among its
// sources has its operator new replaced.
#pragma once

#include <cstdint>

namespace shoal::test {

/// False where the build's sanitizer brings an operator new that cannot be replaced: then the rest
/// does nothing, and a test that needs it skips.
[[nodiscard]] bool allocations_are_counted() noexcept;

/// Calls of operator new on this thread since it began.
[[nodiscard]] std::uint64_t allocations() noexcept;

/// While exempt, this thread's allocations are neither counted nor made to fail: a test's world is
/// at work, and not the program under test.
void exempt_allocations(bool exempt) noexcept;

/// While it lives, the nth allocation of this thread from now on throws std::bad_alloc; n = 1 is
/// the next one. One at a time.
class failing_allocation final {
 public:
  explicit failing_allocation(std::uint64_t n) noexcept;
  ~failing_allocation();
  failing_allocation(const failing_allocation&) = delete;
  failing_allocation& operator=(const failing_allocation&) = delete;
};

}  // namespace shoal::test
