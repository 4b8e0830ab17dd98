#include "cluster/listeners.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cerrno>
#include <utility>

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

/// Opens `count` sockets of one port; `a` gets the port that was chosen for port 0.
result<std::vector<descriptor>> open_group(address& a, unsigned count, unsigned backlog) {
  std::vector<descriptor> sockets;
  for (unsigned n = 0; n < count; ++n) {
    auto socket = make_socket(a);
    if (!socket) return socket.error();
    const int fd = socket.value().get();
    if (n > 0) enable(fd, SOL_SOCKET, SO_REUSEPORT);
    if (const auto bound = bind_and_listen(fd, a, backlog); !bound) return bound.error();
    if (n == 0) {
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&a.storage), &a.size);
      if (count > 1) enable(fd, SOL_SOCKET, SO_REUSEPORT);
    }
    sockets.push_back(std::move(socket).value());
  }
  return sockets;
}

/// The same socket under a number for each slot, so that all slots look alike.
result<void> duplicate(std::vector<descriptor>& sockets, unsigned slots, const address& a) {
  while (sockets.size() < slots) {
    descriptor same(::fcntl(sockets.front().get(), F_DUPFD_CLOEXEC, 3));
    if (!same) return explain(errno, a);
    sockets.push_back(std::move(same));
  }
  return {};
}

result<descriptor> open_path(const address& a, unsigned backlog, std::vector<socket_file>& files) {
  auto socket = make_socket(a);
  if (!socket) return socket.error();
  auto file = socket_file::bind(socket.value().get(), a);
  if (!file) return file.error();
  files.push_back(std::move(file).value());
  if (const auto done = listen_on(socket.value().get(), a, backlog); !done) return done.error();
  return socket;
}

}  // namespace

/// One address while its sockets are opened, or adopted.
struct listeners::open_address {
  address where;
  accepting who;
  std::vector<descriptor> sockets;

  /// Takes those of its number out of `given`.
  result<void> adopt(std::vector<handed_down_listener>& given, unsigned number, unsigned slots) {
    for (unsigned slot = 0; slot < (who == accepting::each ? slots : 1); ++slot) {
      const auto found = std::find_if(given.begin(), given.end(), [&](const auto& one) {
        return one.address == number && one.slot == slot && one.who == who && one.socket.open();
      });
      if (found == given.end()) return error{ENOENT, "nobody listens there in the same way yet"};
      sockets.push_back(std::move(found->socket));
    }
    ::getsockname(sockets.front().get(), reinterpret_cast<sockaddr*>(&where.storage), &where.size);
    if (who == accepting::shared) return duplicate(sockets, slots, where);
    return {};
  }

  result<void> open(unsigned slots, unsigned backlog, std::vector<socket_file>& files) {
    if (where.local()) {
      auto one = open_path(where, backlog, files);
      if (!one) return one.error();
      sockets.push_back(std::move(one).value());
    } else {
      auto group = open_group(where, who == accepting::each ? slots : 1, backlog);
      if (!group) return group.error();
      sockets = std::move(group).value();
    }
    if (who == accepting::shared) return duplicate(sockets, slots, where);
    return {};
  }
};

result<listeners> listeners::open(std::span<const std::string> addresses, unsigned slots,
                                  const listener_options& options) {
  std::vector<open_address> opened;
  std::vector<socket_file> files;
  for (const auto& text : addresses) {
    auto a = parse_address(text);
    if (!a) return error{0, "cannot listen on " + text + ": " + a.error().message};
    const auto who = a.value().local() ? options.local : options.tcp;
    SHOAL_CHECK(!a.value().local() || who != accepting::each);
    opened.push_back({a.value(), who, {}});
    auto done = opened.back().open(slots, options.backlog, files);
    if (!done) return done.error();
  }
  auto out = arrange(std::move(opened), slots);
  out.files_ = std::move(files);
  return out;
}

listeners listeners::arrange(std::vector<open_address>&& opened, unsigned slots) {
  listeners out;
  for (auto& one : opened) {
    out.addresses_.push_back(one.where);
    out.ways_.push_back(one.who);
    if (one.who == accepting::handed) {
      out.handed_.push_back(std::move(one.sockets.front()));
    } else {
      out.grouped_.push_back(one.who == accepting::each);
    }
  }
  for (unsigned slot = 0; slot < slots; ++slot) {
    for (auto& one : opened) {
      if (one.who != accepting::handed) out.sockets_.push_back(std::move(one.sockets[slot]));
    }
  }
  return out;
}

result<listeners> listeners::adopt(std::vector<handed_down_listener> sockets,
                                   std::span<const std::string> addresses, unsigned slots,
                                   const listener_options& options) {
  std::vector<open_address> opened;
  for (unsigned number = 0; number < addresses.size(); ++number) {
    const auto& text = addresses[number];
    const auto asked = std::find_if(sockets.begin(), sockets.end(),
                                    [&](const auto& one) { return one.address == number; });
    const auto a = parse_address(text);
    const bool same = a && asked != sockets.end() && asked->wish == text;
    if (!same) return error{ENOENT, text + ": not listened on before, or in another order"};
    const auto who = a.value().local() ? options.local : options.tcp;
    opened.push_back({a.value(), who, {}});
    const auto done = opened.back().adopt(sockets, number, slots);
    if (!done) return error{done.error().code, text + ": " + done.error().message};
  }
  const auto left = std::find_if(sockets.begin(), sockets.end(),
                                 [](const auto& one) { return one.socket.open(); });
  if (left == sockets.end()) return arrange(std::move(opened), slots);
  return error{ENOENT, left->wish + ": listened on before for more workers, or not any more"};
}

result<std::vector<handed_down_listener>> listeners::hand_down(
    std::span<const std::string> wishes) const {
  std::vector<handed_down_listener> out;
  const auto add = [&](unsigned number, unsigned slot, const descriptor& socket) {
    descriptor same(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 3));
    out.push_back({ways_[number], number, slot, wishes[number], std::move(same)});
  };
  unsigned handed = 0;
  unsigned accepted = 0;  // of those that slots accept from
  for (unsigned number = 0; number < ways_.size(); ++number) {
    if (ways_[number] == accepting::handed) {
      add(number, 0, handed_[handed++]);
      continue;
    }
    const auto slots = sockets_.size() / grouped_.size();
    for (unsigned slot = 0; slot < (grouped_[accepted] ? slots : 1); ++slot) {
      add(number, slot, sockets_[slot * grouped_.size() + accepted]);
    }
    ++accepted;
  }
  const bool all =
      std::all_of(out.begin(), out.end(), [](const auto& o) { return o.socket.open(); });
  if (!all) return error{EMFILE, "no descriptor is left for the sockets of the next program"};
  return out;
}

void listeners::listen_anew(unsigned backlog) const noexcept {
  for (const auto* const some : {&sockets_, &handed_}) {
    for (const auto& socket : *some) ::listen(socket.get(), static_cast<int>(backlog));
  }
}

void listeners::take_files() {
  if (!files_.empty()) return;
  for (const auto& a : addresses_) {
    if (a.local()) files_.push_back(socket_file::adopt(a.path()));
  }
}

void listeners::leave_files() noexcept {
  for (auto& file : files_) file.leave();
  files_.clear();
}

std::span<const descriptor> listeners::of(unsigned slot) const noexcept {
  return std::span(sockets_).subspan(slot * grouped_.size(), grouped_.size());
}

std::vector<std::vector<int>> listeners::groups() const {
  std::vector<std::vector<int>> all;
  for (std::size_t a = 0; a < grouped_.size(); ++a) {
    if (!grouped_[a]) continue;
    auto& group = all.emplace_back();
    for (std::size_t at = a; at < sockets_.size(); at += grouped_.size()) {
      group.push_back(sockets_[at].get());
    }
  }
  return all;
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
