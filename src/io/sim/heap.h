// Containers of the simulated world whose memory does not come from operator new: a test that makes
// the program's allocations fail hits the program, not the world around it.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <deque>
#include <new>
#include <vector>

namespace shoal::io::sim {

template <typename T>
struct heap_allocator {
  using value_type = T;

  heap_allocator() noexcept = default;
  template <typename U>
  heap_allocator(const heap_allocator<U>&) noexcept {}  // NOLINT: implicit on purpose

  T* allocate(std::size_t count) {
    static_assert(alignof(T) <= alignof(std::max_align_t));
    void* const memory = std::malloc(count * sizeof(T));
    if (memory == nullptr) throw std::bad_alloc();
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t) noexcept { std::free(memory); }

  template <typename U>
  bool operator==(const heap_allocator<U>&) const noexcept {
    return true;
  }
};

template <typename T>
using vector = std::vector<T, heap_allocator<T>>;
template <typename T>
using deque = std::deque<T, heap_allocator<T>>;

}  // namespace shoal::io::sim
