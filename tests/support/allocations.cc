#include "support/allocations.h"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace shoal::test {
namespace {

thread_local constinit std::uint64_t made = 0;
thread_local constinit std::uint64_t fails_at = 0;  // 0: none fails
thread_local constinit bool exempt_now = false;

void* allocate(std::size_t bytes, std::size_t alignment) {
  if (!exempt_now && ++made == fails_at) throw std::bad_alloc();
  void* const memory =
      alignment <= alignof(std::max_align_t)
          ? std::malloc(bytes > 0 ? bytes : 1)
          : std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

bool allocations_are_counted() noexcept { return true; }
std::uint64_t allocations() noexcept { return made; }
void exempt_allocations(bool exempt) noexcept { exempt_now = exempt; }

failing_allocation::failing_allocation(std::uint64_t n) noexcept { fails_at = made + n; }
failing_allocation::~failing_allocation() { fails_at = 0; }

}  // namespace shoal::test

// The standard library's other forms come back to these. AddressSanitizer's do not: its array forms
// go with its own delete[], but what its nothrow form made would be freed here.
void* operator new(std::size_t bytes) { return shoal::test::allocate(bytes, 1); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return shoal::test::allocate(bytes, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept try {
  return ::operator new(bytes);
} catch (const std::bad_alloc&) {
  return nullptr;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
