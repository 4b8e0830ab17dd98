#include "cluster/listen/incoming_cpu.h"

#include <sys/socket.h>

namespace shoal::cluster {

std::optional<std::uint32_t> incoming_cpu(int socket) noexcept {
  int cpu = -1;
  socklen_t size = sizeof cpu;
  if (::getsockopt(socket, SOL_SOCKET, SO_INCOMING_CPU, &cpu, &size) != 0 || cpu < 0) return {};
  return static_cast<std::uint32_t>(cpu);
}

}  // namespace shoal::cluster
