#include "io/sim/address.h"

#include <arpa/inet.h>

#include <cstdint>
#include <cstring>

namespace shoal::io::sim {
namespace {

// A listener's number is the port and the low part of the host.
constexpr std::uint32_t network_part = 10U << 24;
constexpr std::uint32_t refusing_host = network_part | 0xfffffe;

}  // namespace

sockaddr_storage address_of(place p) noexcept {
  const auto number = static_cast<std::uint32_t>(p.socket);
  sockaddr_in in{};
  in.sin_family = AF_INET;
  switch (p.what) {
    case place::kind::listener:
      in.sin_addr.s_addr = htonl(network_part | (number >> 16 & 0xffff));
      in.sin_port = htons(static_cast<std::uint16_t>(number));
      break;
    case place::kind::refusing:
      in.sin_addr.s_addr = htonl(refusing_host);
      break;
    case place::kind::silent:
      break;
  }
  sockaddr_storage storage{};
  std::memcpy(&storage, &in, sizeof in);
  return storage;
}

place place_of(const sockaddr_storage& storage) noexcept {
  sockaddr_in in;
  std::memcpy(&in, &storage, sizeof in);
  const std::uint32_t host = ntohl(in.sin_addr.s_addr);
  if (host == refusing_host) return {place::kind::refusing, -1};
  if (host >> 24 != network_part >> 24) return {};
  return {place::kind::listener, static_cast<int>((host & 0xffff) << 16 | ntohs(in.sin_port))};
}

}  // namespace shoal::io::sim
