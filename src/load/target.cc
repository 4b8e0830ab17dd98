#include "load/target.h"

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include "base/descriptor.h"
#include "shoal/io/address.h"

namespace shoal::load {
namespace {

constexpr std::string_view scheme = "http://";

error no_url(std::string_view text, std::string_view why) {
  return {0, "'" + std::string(text) + "' " + std::string(why)};
}

bool parse_port(std::string_view text, std::uint16_t& port) noexcept {
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, port);
  return parsed.ec == std::errc{} && parsed.ptr == end && port != 0;
}

// 0 or an errno.
int connect_within(const io::socket_address& to, std::chrono::milliseconds limit) {
  const descriptor probe(
      ::socket(to.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!probe) return errno;
  const auto* address = reinterpret_cast<const sockaddr*>(&to.bytes);
  if (::connect(probe.get(), address, to.size) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd ready{.fd = probe.get(), .events = POLLOUT, .revents = 0};
  if (::poll(&ready, 1, static_cast<int>(limit.count())) != 1) return ETIMEDOUT;
  int problem = 0;
  socklen_t size = sizeof problem;
  ::getsockopt(probe.get(), SOL_SOCKET, SO_ERROR, &problem, &size);
  return problem;
}

}  // namespace

result<url> parse_url(std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    return no_url(text, "asks for TLS, which is not there: write an http:// URL");
  }
  if (rest.starts_with(scheme)) rest.remove_prefix(scheme.size());
  if (rest.find("://") != rest.npos) return no_url(text, "is no http:// URL");
  url made;
  const std::size_t slash = std::min(rest.find_first_of("/?#"), rest.size());
  const std::string_view authority = rest.substr(0, slash);
  std::string_view path = rest.substr(slash);
  path = path.substr(0, path.find('#'));
  made.path = path.starts_with('/') ? std::string(path) : "/" + std::string(path);

  std::string_view name = authority;
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.rfind(':');
  if (colon != authority.npos && (bracket == authority.npos || colon > bracket)) {
    if (!parse_port(authority.substr(colon + 1), made.port)) {
      return no_url(text, "has no port from 1 to 65535 behind its colon");
    }
    name = authority.substr(0, colon);
  }
  const bool bracketed = name.size() > 2 && name.front() == '[' && name.back() == ']';
  made.name = bracketed ? name.substr(1, name.size() - 2) : name;
  const bool in_doubt = !bracketed && name.find_first_of("[]:") != name.npos;
  if (made.name.empty() || in_doubt || name.find_first_of("@ \t\r\n") != name.npos) {
    return no_url(text, "names no host: write http://name:8080/path or http://[::1]:8080/path");
  }
  made.host = made.port == 80 ? std::string(name) : std::string(authority);
  return made;
}

result<target> numeric_target(std::string_view text) {
  const auto parsed = tcp::address::parse(text);
  target made{.host = std::string(text), .path = "/", .address = {}};
  if (parsed) made.address = parsed->for_driver();
  const auto* v4 = reinterpret_cast<const sockaddr_in*>(&made.address.bytes);
  if (parsed && v4->sin_family == AF_INET && v4->sin_port != 0) return made;
  return no_url(text, "is not an IPv4 address and port like 127.0.0.1:8080");
}

result<std::vector<io::socket_address>> look_up(const url& of) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  const int code = ::getaddrinfo(of.name.c_str(), std::to_string(of.port).c_str(), &wanted, &first);
  if (code != 0) {
    return error{0, "cannot find '" + of.name + "': " + ::gai_strerror(code)};
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(first, &::freeaddrinfo);
  std::vector<io::socket_address> found;
  for (const addrinfo* each = first; each != nullptr; each = each->ai_next) {
    io::socket_address& to = found.emplace_back();
    to.size = std::min<socklen_t>(each->ai_addrlen, sizeof to.bytes);
    std::memcpy(&to.bytes, each->ai_addr, to.size);
  }
  return found;
}

result<std::vector<io::socket_address>> unix_address(std::string_view path) {
  const auto parsed = tcp::address::parse("unix:" + std::string(path));
  if (!parsed) return no_url(path, "is no path of a socket: it has 1 to 107 bytes");
  return std::vector{parsed->for_driver()};
}

result<io::socket_address> first_that_listens(const std::vector<io::socket_address>& candidates,
                                              std::string_view name,
                                              std::chrono::milliseconds limit) {
  int problem = EADDRNOTAVAIL;
  for (const io::socket_address& each : candidates) {
    problem = connect_within(each, limit);
    if (problem == 0) return each;
  }
  return system_error(problem,
                      "cannot connect to " + std::string(name) + " (is the server running?)");
}

}  // namespace shoal::load
