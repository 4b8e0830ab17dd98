#include "io/socket_facts.h"

#include <linux/tcp.h>
#include <netinet/in.h>

#include <cstddef>

namespace shoal::io {

socket_facts read_socket_facts(int socket) noexcept {
  socket_facts facts;
  socklen_t size = sizeof facts.peer;
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&facts.peer), &size) != 0) {
    facts.peer.ss_family = AF_UNSPEC;
  }
  tcp_info info{};
  size = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
      size >= offsetof(tcp_info, tcpi_bytes_acked) + sizeof info.tcpi_bytes_acked) {
    facts.acknowledged = info.tcpi_bytes_acked;
  }
  return facts;
}

}  // namespace shoal::io
