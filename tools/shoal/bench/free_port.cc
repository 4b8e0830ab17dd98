#include "bench/free_port.h"

#include <sys/socket.h>

#include "base/descriptor.h"
#include "cluster/listen/address.h"

namespace shoal::bench {

std::uint16_t free_port(const std::string& address) {
  const auto any = cluster::parse_address(address + ":0");
  if (!any) return 0;
  const descriptor socket(::socket(any.value().storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::bind(socket.get(), any.value().raw(), any.value().size) != 0) return 0;
  const auto bound = cluster::address_of(socket.get());
  return bound ? bound->port() : 0;
}

}  // namespace shoal::bench
