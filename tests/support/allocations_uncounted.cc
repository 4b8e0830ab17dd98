// In the place of allocations.cc, for clang's ThreadSanitizer.
#include "support/allocations.h"

namespace shoal::test {

bool allocations_are_counted() noexcept { return false; }
std::uint64_t allocations() noexcept { return 0; }
void exempt_allocations(bool) noexcept {}

failing_allocation::failing_allocation(std::uint64_t) noexcept {}
failing_allocation::~failing_allocation() = default;

}  // namespace shoal::test
