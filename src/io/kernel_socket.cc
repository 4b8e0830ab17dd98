#include "io/kernel_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cerrno>

#include "base/descriptor.h"

namespace shoal::io {
namespace {

void enable(int socket, int level, int option) noexcept {
  const int on = 1;
  ::setsockopt(socket, level, option, &on, sizeof on);
}

}  // namespace

int open_kernel_socket(int family) noexcept {
  const int fd = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  // Writes are whole messages: none waits for the answer to the one before.
  if (family != AF_UNIX) enable(fd, IPPROTO_TCP, TCP_NODELAY);
  return fd;
}

int open_kernel_listener(socket_address& where, int backlog) noexcept {
  const int fd = open_kernel_socket(where.bytes.ss_family);
  if (fd < 0) return fd;
  descriptor opened(fd);
  auto* name = reinterpret_cast<sockaddr*>(&where.bytes);
  enable(fd, SOL_SOCKET, SO_REUSEADDR);
  if (::bind(fd, name, where.size) != 0 || ::listen(fd, backlog) != 0) return -errno;
  where.size = sizeof where.bytes;
  if (::getsockname(fd, name, &where.size) != 0) return -errno;
  return opened.release();
}

}  // namespace shoal::io
