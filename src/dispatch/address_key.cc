#include "dispatch/address_key.h"

#include <netinet/in.h>

#include <cstring>

#include "base/random.h"

namespace shoal::dispatch {

std::uint64_t address_key(const sockaddr_storage& client) noexcept {
  std::uint64_t words[2] = {0, 0};
  if (client.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(client);
    std::memcpy(words, &v4.sin_addr, sizeof v4.sin_addr);
  } else if (client.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(client);
    std::memcpy(words, &v6.sin6_addr, sizeof v6.sin6_addr);
  } else {
    return 0;
  }
  return random_source(words[0] ^ random_source(words[1]).next()).next();
}

}  // namespace shoal::dispatch
