#pragma once

#include <cerrno>

namespace shoal::io {

/// Whether what accept4 answers (an errno) befell the one connection that it took from the queue,
/// and not the listener: whoever accepts goes on. accept(2) names the network's errors; EPERM is a
/// firewall's.
[[nodiscard]] constexpr bool concerns_one_connection(int error) noexcept {
  switch (error) {
    case EAGAIN:
    case ECONNABORTED:
    case EINTR:
    case EPERM:
    case EPROTO:
    case ENOPROTOOPT:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
    case EOPNOTSUPP:
      return true;
    default:
      return false;
  }
}

}  // namespace shoal::io
