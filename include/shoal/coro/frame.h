// Where coroutine frames come from: a pool of each thread, so that a request that awaits a few
// tasks does not pay for malloc.
#pragma once

#include <cstddef>

namespace shoal {

/// Memory for one frame of `bytes` (> 0), aligned for every ordinary type. Throws std::bad_alloc.
///
/// Threads   any; memory from one thread may be freed on another, whose pool it then joins
/// Cost      a pop from a list of this thread up to 2 KiB; operator new beyond, or when it is empty
[[nodiscard]] void* allocate_frame(std::size_t bytes);

/// `bytes` as given to allocate_frame().
void free_frame(void* frame, std::size_t bytes) noexcept;

}  // namespace shoal
