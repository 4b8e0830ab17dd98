// How much of the supervisor the control socket may take, whatever comes from there.
#pragma once

#include <cstddef>

#include "base/clock.h"

namespace shoal::cluster {

/// Open at a time. Those that come while there are so many wait in the kernel's queue.
inline constexpr unsigned most_control_connections = 64;

/// Of these, those that wait for an outcome or follow events. The others are always for short
/// questions, and each of those ends within the next two times.
inline constexpr unsigned most_lasting_connections = 48;

inline constexpr nanoseconds control_request_timeout = std::chrono::seconds(5);
inline constexpr nanoseconds control_answer_timeout = std::chrono::seconds(5);

/// Events that a client who follows has not taken; then it is left behind.
inline constexpr std::size_t most_untold_bytes = 256 * 1024;

/// With the listener and a duplicate of it, and one that is refused.
inline constexpr unsigned most_control_descriptors = most_control_connections + 3;

}  // namespace shoal::cluster
