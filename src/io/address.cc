#include "shoal/io/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <stdexcept>

#include "io/socket_address.h"

namespace shoal::tcp {
namespace {

constexpr std::string_view unix_prefix = "unix:";

template <typename T>
address of(const T& name, std::size_t size = sizeof(T)) noexcept {
  io::socket_address a;
  std::memcpy(&a.bytes, &name, sizeof name);
  a.size = static_cast<socklen_t>(size);
  return address(a);
}

std::optional<address> parse_path(std::string_view path) noexcept {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof name.sun_path || path.find('\0') != path.npos) {
    return {};
  }
  path.copy(name.sun_path, path.size());
  return of(name, offsetof(sockaddr_un, sun_path) + path.size() + 1);
}

bool parse_port(std::string_view text, std::uint16_t& port) noexcept {
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, port);
  return parsed.ec == std::errc{} && parsed.ptr == end;
}

/// Without the brackets around it, if it has both.
std::string_view unbracketed(std::string_view host) noexcept {
  const bool both = host.size() > 2 && host.front() == '[' && host.back() == ']';
  return both ? host.substr(1, host.size() - 2) : host;
}

}  // namespace

address::address(const io::socket_address& from) noexcept {
  static_assert(most_bytes >= sizeof(sockaddr_un) && most_bytes >= sizeof(sockaddr_in6));
  size_ = std::min<std::uint32_t>(from.size, most_bytes);
  std::memcpy(bytes_.data(), &from.bytes, size_);
}

address::address(std::string_view text) {
  const auto parsed = parse(text);
  if (!parsed) {
    throw std::invalid_argument("no address: '" + std::string(text) +
                                "'; write 127.0.0.1:80, [::1]:80 or unix:/run/x.sock");
  }
  *this = *parsed;
}

std::optional<address> address::parse(std::string_view text) noexcept {
  if (text.starts_with(unix_prefix)) return parse_path(text.substr(unix_prefix.size()));
  const auto colon = text.rfind(':');
  if (colon == text.npos) return {};
  const auto host = text.substr(0, colon);
  std::uint16_t port = 0;
  if (!parse_port(text.substr(colon + 1), port)) return {};
  // Without brackets, the last group of an IPv6 address could be meant.
  if (host.find(':') != host.npos && unbracketed(host).size() == host.size()) return {};
  return parse_host(host, port);
}

std::optional<address> address::parse_host(std::string_view host, std::uint16_t port) noexcept {
  char text[INET6_ADDRSTRLEN] = {};
  host = unbracketed(host);
  if (host.empty() || host.size() >= sizeof text || host.find('\0') != host.npos) return {};
  host.copy(text, host.size());
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  if (::inet_pton(AF_INET, text, &v4.sin_addr) == 1) return of(v4);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  if (::inet_pton(AF_INET6, text, &v6.sin6_addr) == 1) return of(v6);
  return {};
}

std::string address::text() const {
  char host[INET6_ADDRSTRLEN] = "?";
  const io::socket_address a = for_driver();
  if (size_ == 0) return "nowhere";
  if (a.bytes.ss_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &a.bytes, sizeof v4);
    ::inet_ntop(AF_INET, &v4.sin_addr, host, sizeof host);
    return std::string(host) + ':' + std::to_string(ntohs(v4.sin_port));
  }
  if (a.bytes.ss_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &a.bytes, sizeof v6);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, host, sizeof host);
    return '[' + std::string(host) + "]:" + std::to_string(ntohs(v6.sin6_port));
  }
  sockaddr_un path;
  std::memcpy(&path, &a.bytes, sizeof path);
  return std::string(unix_prefix) + path.sun_path;
}

address address::with_port(std::uint16_t port) const noexcept {
  io::socket_address a = for_driver();
  // sin_port and sin6_port lie at the same place.
  if (a.bytes.ss_family != AF_UNIX) {
    reinterpret_cast<sockaddr_in*>(&a.bytes)->sin_port = htons(port);
  }
  return address(a);
}

io::socket_address address::for_driver() const noexcept {
  io::socket_address a;
  std::memcpy(&a.bytes, bytes_.data(), size_);
  a.size = size_;
  return a;
}

}  // namespace shoal::tcp
