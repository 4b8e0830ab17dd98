// Marks memory that is kept but not in use, so that AddressSanitizer sees a use of it. Nothing in
// other builds, which need not have the sanitizer's header.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define SHOAL_HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SHOAL_HAS_ASAN 1
#endif
#endif

#ifdef SHOAL_HAS_ASAN
#include <sanitizer/asan_interface.h>

namespace shoal {
inline void poison(const void* memory, std::size_t bytes) noexcept {
  __asan_poison_memory_region(memory, bytes);
}
inline void unpoison(const void* memory, std::size_t bytes) noexcept {
  __asan_unpoison_memory_region(memory, bytes);
}
}  // namespace shoal
#else
namespace shoal {
inline void poison(const void*, std::size_t) noexcept {}
inline void unpoison(const void*, std::size_t) noexcept {}
}  // namespace shoal
#endif
