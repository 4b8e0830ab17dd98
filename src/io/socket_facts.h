#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>

namespace shoal::io {

/// What is known about a connection besides its bytes.
struct socket_facts {
  sockaddr_storage peer{};  ///< ss_family AF_UNSPEC where it is not known
  /// Bytes that the other side has taken so far. Only ever grows; nothing where it is not known.
  std::optional<std::uint64_t> acknowledged;
};

/// Asks the kernel. Cost: two system calls.
[[nodiscard]] socket_facts read_socket_facts(int socket) noexcept;

}  // namespace shoal::io
