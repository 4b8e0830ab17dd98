// The inside of the frame pool, for those who measure or bound memory. Frames come and go through
// shoal/coro/frame.h.
#pragma once

#include <cstddef>

namespace shoal {

inline constexpr std::size_t frame_step_bytes = 64;            ///< sizes are rounded up to it
inline constexpr std::size_t largest_pooled_frame = 2 * 1024;  ///< beyond: operator new

/// What one size may keep on a thread; 2 MiB over all 32 sizes, if a program used every one.
inline constexpr std::size_t kept_bytes_for_each_size = 64 * 1024;

/// Free frames that this thread keeps.
[[nodiscard]] std::size_t kept_frame_bytes() noexcept;

/// Gives them back. Happens by itself at the thread's end.
void release_kept_frames() noexcept;

}  // namespace shoal
