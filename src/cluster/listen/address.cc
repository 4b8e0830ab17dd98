#include "cluster/listen/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>

#include "cluster/options/units.h"

namespace shoal::cluster {
namespace {

template <typename T>
void store(address& out, const T& value) noexcept {
  std::memcpy(&out.storage, &value, sizeof value);
  out.size = sizeof value;
}

bool parse_host(const std::string& host, bool bracketed, address& out) noexcept {
  if (bracketed) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) != 1) return false;
    store(out, v6);
    return true;
  }
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) != 1) return false;
  store(out, v4);
  return true;
}

constexpr std::string_view local_prefix = "unix:";

result<address> parse_path(std::string_view path) {
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof local.sun_path) {
    return error{0, "a path has 1 to " + std::to_string(sizeof local.sun_path - 1) +
                        " bytes; write unix:/run/app.sock"};
  }
  path.copy(local.sun_path, path.size());
  address out;
  store(out, local);
  return out;
}

}  // namespace

std::string address::path() const {
  const char* const text = reinterpret_cast<const sockaddr_un*>(&storage)->sun_path;
  constexpr auto head = offsetof(sockaddr_un, sun_path) + 1;
  if (*text != '\0' || size <= head) return text;
  return "@" + std::string(text + 1, size - head);
}

std::optional<address> address_of(int socket) noexcept {
  address out;
  out.size = sizeof out.storage;
  auto* const where = reinterpret_cast<sockaddr*>(&out.storage);
  return ::getsockname(socket, where, &out.size) == 0 ? std::optional(out) : std::nullopt;
}

std::uint16_t address::port() const noexcept {
  // sin_port and sin6_port lie at the same place.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
}

void address::set_port(std::uint16_t port) noexcept {
  reinterpret_cast<sockaddr_in*>(&storage)->sin_port = htons(port);
}

result<address> parse_address(std::string_view text) {
  if (text.substr(0, local_prefix.size()) == local_prefix) {
    return parse_path(text.substr(local_prefix.size()));
  }
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return error{0, "no port; write ADDR:PORT, such as 127.0.0.1:8080 or [::1]:8080"};
  }
  auto host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);

  address out;
  if (!parse_host(std::string(host), bracketed, out)) {
    return error{0,
                 "not a numeric address; write 127.0.0.1:8080, [::1]:8080, 0.0.0.0:8080 for every "
                 "IPv4 address of this machine, or unix:/run/app.sock"};
  }
  const auto port = parse_number(text.substr(colon + 1));
  if (!port || *port > 65535) return error{0, "the port must be a number from 0 to 65535"};
  out.set_port(static_cast<std::uint16_t>(*port));
  return out;
}

std::string show(const address& a) {
  if (a.local()) return std::string(local_prefix) + a.path();
  char host[INET6_ADDRSTRLEN] = "?";
  const auto port = ":" + std::to_string(a.port());
  if (a.storage.ss_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&a.storage);
    ::inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
    return "[" + std::string(host) + "]" + port;
  }
  const auto* v4 = reinterpret_cast<const sockaddr_in*>(&a.storage);
  ::inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
  return host + port;
}

}  // namespace shoal::cluster
