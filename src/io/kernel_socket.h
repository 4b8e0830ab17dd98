// Fresh sockets of the kernel's, for the drivers that stand on it.
#pragma once

#include "io/socket_address.h"

namespace shoal::io {

/// See driver::fresh_socket().
[[nodiscard]] int open_kernel_socket(int family) noexcept;

/// See driver::listen().
[[nodiscard]] int open_kernel_listener(socket_address& where, int backlog) noexcept;

}  // namespace shoal::io
