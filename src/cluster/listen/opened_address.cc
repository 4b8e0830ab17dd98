#include "cluster/listen/opened_address.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cerrno>
#include <utility>

#include "base/log.h"

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
  descriptor s(::socket(a.storage.ss_family, type, 0));
  if (!s) return explain(errno, a);
  if (a.local()) return s;
  // Connections of the last run in TIME_WAIT shall not keep us out.
  enable(s.get(), SOL_SOCKET, SO_REUSEADDR);
  // Connections inherit it: one system call less for each.
  enable(s.get(), IPPROTO_TCP, TCP_NODELAY);
  // [::]:80 and 0.0.0.0:80 may stand side by side, whatever net.ipv6.bindv6only says.
  if (a.storage.ss_family == AF_INET6) enable(s.get(), IPPROTO_IPV6, IPV6_V6ONLY);
  return s;
}

result<void> listen_on(int socket, const address& a, unsigned backlog) {
  if (::listen(socket, static_cast<int>(backlog)) != 0) return explain(errno, a);
  return {};
}

result<void> bind_and_listen(int socket, const address& a, unsigned backlog) {
  if (::bind(socket, a.raw(), a.size) != 0) return explain(errno, a);
  return listen_on(socket, a, backlog);
}

/// One that nobody listens beside: the first of a group, which it lets in afterwards. `a` gets the
/// port that was chosen for port 0.
result<void> open_first(address& a, std::vector<descriptor>& sockets, unsigned backlog) {
  auto socket = make_socket(a);
  if (!socket) return socket.error();
  const int fd = socket.value().get();
  if (const auto bound = bind_and_listen(fd, a, backlog); !bound) return bound.error();
  a = address_of(fd).value_or(a);
  sockets.push_back(std::move(socket).value());
  return {};
}

/// Binds so many beside those that are there. Their owner has to be this user.
result<void> open_others(const address& a, std::vector<descriptor>& sockets, unsigned count,
                         unsigned backlog) {
  if (count <= sockets.size()) return {};
  for (const auto& one : sockets) enable(one.get(), SOL_SOCKET, SO_REUSEPORT);
  while (sockets.size() < count) {
    auto socket = make_socket(a);
    if (!socket) return socket.error();
    const int fd = socket.value().get();
    enable(fd, SOL_SOCKET, SO_REUSEPORT);
    if (const auto bound = bind_and_listen(fd, a, backlog); !bound) return bound.error();
    sockets.push_back(std::move(socket).value());
  }
  return {};
}

result<void> open_path(const address& a, std::vector<descriptor>& sockets, unsigned backlog,
                       std::vector<socket_file>& files) {
  auto socket = make_socket(a);
  if (!socket) return socket.error();
  auto file = socket_file::bind(socket.value().get(), a);
  if (!file) return file.error();
  files.push_back(std::move(file).value());
  const auto done = listen_on(socket.value().get(), a, backlog);
  sockets.push_back(std::move(socket).value());
  return done;
}

result<std::vector<opened_address>> open_anew(allotted&& place, accepting who, unsigned slots,
                                              unsigned backlog, std::vector<socket_file>& files) {
  opened_address out{std::move(place.wish), place.where, who, false, {}};
  result<void> done;
  if (out.where.local()) {
    done = open_path(out.where, out.sockets, backlog, files);
  } else {
    done = open_first(out.where, out.sockets, backlog);
    const unsigned count = who == accepting::each ? slots : 1;
    if (done) done = open_others(out.where, out.sockets, count, backlog);
  }
  if (done && who == accepting::shared) done = duplicate(out.sockets, slots, out.where);
  if (!done) return done.error();
  std::vector<opened_address> all;
  all.push_back(std::move(out));
  return all;
}

/// A unit's sockets are completed by nobody: further ones would lack what the unit sets for its own
/// (BindToDevice=, Mark=, ...). Ours are, if they are still this user's.
result<void> make_group(allotted& place, unsigned slots, unsigned backlog) {
  const auto before = place.sockets.size();
  if (place.lent && before == slots) return {};
  if (place.lent) {
    return error{0, "it has " + std::to_string(before) + (before == 1 ? " socket" : " sockets") +
                        " for " + std::to_string(slots) +
                        " workers; ReusePort=yes and one ListenStream= for each of them would "
                        "give it one of its own"};
  }
  const auto done = open_others(place.where, place.sockets, slots, backlog);
  if (!done) place.sockets.resize(before);
  return done;
}

/// Each by itself.
result<std::vector<opened_address>> take_singly(allotted&& place, accepting who, bool given,
                                                unsigned slots) {
  std::vector<opened_address> all;
  for (auto& socket : place.sockets) {
    auto& one = all.emplace_back(opened_address{place.wish, place.where, who, given, {}});
    one.sockets.push_back(std::move(socket));
    if (who != accepting::shared) continue;
    if (const auto done = duplicate(one.sockets, slots, one.where); !done) return done.error();
  }
  return all;
}

result<std::vector<opened_address>> take_over(allotted&& place, accepting who, unsigned slots,
                                              const listener_options& how) {
  // The queue's limit is ours, and clients at paths are told that it is us who listens.
  for (const auto& socket : place.sockets) {
    ::listen(socket.get(), static_cast<int>(how.backlog));
  }
  if (who != accepting::each) {
    const bool given = place.lent || place.sockets.size() > 1;
    return take_singly(std::move(place), who, given, slots);
  }
  if (const auto grouped = make_group(place, slots, how.backlog); !grouped) {
    log_info("connections to " + show(place.where) +
             " are given to workers as those to a path are: " + grouped.error().message);
    return take_singly(std::move(place), how.local, true, slots);
  }
  std::vector<opened_address> all;
  all.push_back({std::move(place.wish), place.where, who, place.lent, std::move(place.sockets)});
  return all;
}

}  // namespace

result<std::vector<opened_address>> open_address(allotted&& place, unsigned slots,
                                                 const listener_options& how,
                                                 std::vector<socket_file>& files) {
  const auto who = place.where.local() ? how.local : how.tcp;
  SHOAL_CHECK(!place.where.local() || who != accepting::each);
  if (!place.sockets.empty()) return take_over(std::move(place), who, slots, how);
  return open_anew(std::move(place), who, slots, how.backlog, files);
}

result<void> duplicate(std::vector<descriptor>& sockets, unsigned slots, const address& of) {
  while (sockets.size() < slots) {
    descriptor same(::fcntl(sockets.front().get(), F_DUPFD_CLOEXEC, 3));
    if (!same) return explain(errno, of);
    sockets.push_back(std::move(same));
  }
  return {};
}

}  // namespace shoal::cluster
