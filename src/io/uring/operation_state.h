// How far an operation has come, kept in operation::state_.
#pragma once

#include <cstdint>

#include "io/operation.h"

namespace shoal::io::uring {

enum : std::uint8_t {
  armed = 1,        ///< the kernel has it, and a completion is still to come
  cancelled = 2,    ///< somebody asked for its end
  cancelling = 4,   ///< a cancel request is in the kernel; it has a completion, too
  ended = 8,        ///< its last outcome, kept in index_, waits for that completion or its turn
  parked = 16,      ///< waits for a buffer in the driver's queue
  incomplete = 32,  ///< a send that the kernel could not finish at once
  lent = 64,        ///< a send whose bytes are the kernel's, or may be (zero_copy.h)
  was_reset = 128,  ///< a send that can be no success: to have its bytes back took the connection
};

inline bool has(const operation& op, std::uint8_t bits) noexcept { return (op.state_ & bits) != 0; }
inline void set(operation& op, std::uint8_t bits) noexcept { op.state_ |= bits; }
inline void clear(operation& op, std::uint8_t bits) noexcept {
  op.state_ = static_cast<std::uint8_t>(op.state_ & ~bits);
}

}  // namespace shoal::io::uring
