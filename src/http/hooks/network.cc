#include "http/hooks/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>

namespace shoal::http {

std::string network_of(const std::string& address) {
  in_addr four{};
  if (::inet_pton(AF_INET, address.c_str(), &four) == 1)
    return {reinterpret_cast<const char*>(&four), sizeof four};
  in6_addr six{};
  if (::inet_pton(AF_INET6, address.c_str(), &six) != 1) return address;
  const auto* bytes = reinterpret_cast<const char*>(&six);
  return IN6_IS_ADDR_V4MAPPED(&six) ? std::string(bytes + 12, 4) : std::string(bytes, 8);
}

}  // namespace shoal::http
