// user_data: which operation a completion belongs to and what was asked of the kernel for it. An
// operation stays where it is until its last outcome and nothing of it is in the kernel after that,
// so its address is enough: no table, no generation.
#pragma once

#include <cstdint>

#include "io/operation.h"

namespace shoal::io::uring {

enum class request : std::uint8_t {
  accept,
  receive,
  send_now,   ///< never waits; has a completion if it could not send everything, or copies nothing
  send_rest,  ///< waits in the kernel for room: a send with its bytes, a send_file without
  connect,
  cancel,   ///< of the operation in the token
  wake,     ///< no operation
  ignored,  ///< no operation; what failed is of no interest
};

inline constexpr std::uint64_t request_mask = 7;
static_assert(alignof(operation) > request_mask, "an operation's address leaves the bits free");

inline std::uint64_t make_token(const operation& op, request what) noexcept {
  return reinterpret_cast<std::uintptr_t>(&op) | static_cast<std::uint64_t>(what);
}
inline std::uint64_t make_token(request what) noexcept { return static_cast<std::uint64_t>(what); }

inline request request_of(std::uint64_t token) noexcept {
  return static_cast<request>(token & request_mask);
}
inline operation* operation_of(std::uint64_t token) noexcept {
  return reinterpret_cast<operation*>(token & ~request_mask);
}

}  // namespace shoal::io::uring
