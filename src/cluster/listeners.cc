#include "cluster/listeners.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cerrno>

#include "cluster/units.h"

namespace shoal::cluster {
namespace {

void enable(int socket, int level, int option) noexcept {
  const int on = 1;
  // All of them exist on every kernel that we run on, for every TCP socket.
  SHOAL_CHECK(::setsockopt(socket, level, option, &on, sizeof on) == 0);
}

error explain(int code, const address& a) {
  const auto where = "cannot listen on " + show(a) + ": ";
  switch (code) {
    case EADDRINUSE:
      return {code, where +
                        "the port is taken, perhaps by another copy of this program; stop it "
                        "(ss -ltnp shows who it is) or choose another port"};
    case EACCES:
      return {code, where +
                        "a port below 1024 needs a privilege; choose a port above, give "
                        "CAP_NET_BIND_SERVICE, or lower net.ipv4.ip_unprivileged_port_start"};
    case EADDRNOTAVAIL:
      return {code, where +
                        "no interface of this machine has this address; ip addr lists those "
                        "that there are"};
    case EAFNOSUPPORT:
      return {code, where + "this kernel has no IPv6; write an IPv4 address"};
    case EMFILE:
    case ENFILE:
      return {code, where + "no descriptor is left; raise RLIMIT_NOFILE or lower --workers"};
    default:
      return system_error(code, where.substr(0, where.size() - 2));
  }
}

result<descriptor> make_socket(const address& a) {
  const int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  descriptor s(::socket(a.storage.ss_family, type, IPPROTO_TCP));
  if (!s) return explain(errno, a);
  // Connections of the last run in TIME_WAIT shall not keep us out.
  enable(s.get(), SOL_SOCKET, SO_REUSEADDR);
  // Connections inherit it: one system call less for each.
  enable(s.get(), IPPROTO_TCP, TCP_NODELAY);
  // [::]:80 and 0.0.0.0:80 may stand side by side, whatever net.ipv6.bindv6only says.
  if (a.storage.ss_family == AF_INET6) enable(s.get(), IPPROTO_IPV6, IPV6_V6ONLY);
  return s;
}

result<void> bind_and_listen(int socket, const address& a, unsigned backlog) {
  const bool done =
      ::bind(socket, a.raw(), a.size) == 0 && ::listen(socket, static_cast<int>(backlog)) == 0;
  if (!done) return explain(errno, a);
  return {};
}

/// Opens the sockets of one address; `a` gets the port that was chosen for port 0.
result<std::vector<descriptor>> open_all(address& a, unsigned slots, unsigned backlog) {
  std::vector<descriptor> sockets;
  for (unsigned slot = 0; slot < slots; ++slot) {
    auto socket = make_socket(a);
    if (!socket) return socket.error();
    const int fd = socket.value().get();
    if (slot > 0) enable(fd, SOL_SOCKET, SO_REUSEPORT);
    if (const auto bound = bind_and_listen(fd, a, backlog); !bound) return bound.error();
    if (slot == 0) {
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&a.storage), &a.size);
      if (slots > 1) enable(fd, SOL_SOCKET, SO_REUSEPORT);
    }
    sockets.push_back(std::move(socket).value());
  }
  return sockets;
}

}  // namespace

result<listeners> listeners::open(std::span<const std::string> addresses, unsigned slots,
                                  unsigned backlog) {
  listeners out;
  std::vector<std::vector<descriptor>> by_address;
  for (const auto& text : addresses) {
    auto a = parse_address(text);
    if (!a) return error{0, "cannot listen on " + text + ": " + a.error().message};
    auto sockets = open_all(a.value(), slots, backlog);
    if (!sockets) return sockets.error();
    by_address.push_back(std::move(sockets).value());
    out.addresses_.push_back(a.value());
  }
  for (unsigned slot = 0; slot < slots; ++slot) {
    for (auto& sockets : by_address) out.sockets_.push_back(std::move(sockets[slot]));
  }
  return out;
}

std::span<const descriptor> listeners::of(unsigned slot) const noexcept {
  return std::span(sockets_).subspan(slot * addresses_.size(), addresses_.size());
}

unsigned read_somaxconn() {
  const descriptor file(::open("/proc/sys/net/core/somaxconn", O_RDONLY | O_CLOEXEC));
  char text[16];
  const auto bytes = file ? ::read(file.get(), text, sizeof text) : -1;
  if (bytes < 2) return 0;
  const auto value = parse_number(std::string_view(text, static_cast<std::size_t>(bytes) - 1));
  return value ? static_cast<unsigned>(*value) : 0;
}

}  // namespace shoal::cluster
