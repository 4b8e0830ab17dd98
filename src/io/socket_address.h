#pragma once

#include <sys/socket.h>

namespace shoal::io {

/// Where a socket connects to or listens.
struct socket_address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};

}  // namespace shoal::io
