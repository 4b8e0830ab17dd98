// The system calls of a request, made by the C library: see x86_64/socket_calls.h.
#pragma once

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <ctime>
#include <span>

namespace shoal::io {

[[nodiscard]] inline long receive_bytes(int socket, std::span<std::byte> into) noexcept {
  const ssize_t n = ::recv(socket, into.data(), into.size(), MSG_DONTWAIT);
  return n < 0 ? -errno : n;
}

[[nodiscard]] inline long send_bytes(int socket, std::span<const std::byte> bytes,
                                     bool more_follows) noexcept {
  const int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (more_follows ? MSG_MORE : 0);
  const ssize_t n = ::send(socket, bytes.data(), bytes.size(), flags);
  return n < 0 ? -errno : n;
}

[[nodiscard]] inline long wait_events(int epoll, std::span<epoll_event> into,
                                      const timespec* timeout) noexcept {
  const int n = ::epoll_pwait2(epoll, into.data(), static_cast<int>(into.size()), timeout, nullptr);
  return n < 0 ? -errno : n;
}

}  // namespace shoal::io
