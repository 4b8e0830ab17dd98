#pragma once

namespace shoal {

/// Built with a sanitizer: everything takes several times as long, so counts of seeds are lower.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool running_with_sanitizers = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool running_with_sanitizers = true;
#else
inline constexpr bool running_with_sanitizers = false;
#endif
#else
inline constexpr bool running_with_sanitizers = false;
#endif

}  // namespace shoal
