// Busy polling (IORING_REGISTER_NAPI): who waits for completions asks the network cards that its
// sockets have heard from, for a while, before it sleeps. Sockets of the loopback interface have
// none that could be asked, so for them it changes nothing.
#pragma once

#include "io/uring/uring_compat.h"

namespace shoal::io::uring {

/// Looks for so long.
inline constexpr unsigned busy_poll_us = 50;

/// Before the ring is enabled. 0 or a negated errno: Linux 6.9 has it, if it was built with
/// CONFIG_NET_RX_BUSY_POLL.
[[nodiscard]] int register_busy_poll(io_uring& ring) noexcept;

}  // namespace shoal::io::uring
