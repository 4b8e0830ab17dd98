#include "bench/line_channel.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "cluster/listen/address.h"
#include "load/target.h"

namespace shoal::bench {
namespace {

constexpr int time_to_connect_s = 5;  // and for a line to leave
constexpr int silence_limit_s = 15;   // of the other machine; then it is taken for gone

void set(int socket, int level, int option, int value) noexcept {
  ::setsockopt(socket, level, option, &value, sizeof value);
}

/// "10.0.0.1" of "10.0.0.1:7077".
std::string without_port(const cluster::address& whole) {
  const auto text = cluster::show(whole);
  return text.substr(0, text.rfind(':'));
}

/// A name may have addresses of both families; servers that are measured have IPv4.
result<std::vector<io::socket_address>> look_up(const std::string& where) {
  if (where.rfind(':') == std::string::npos) {
    return error{0, '"' + where + "\" must be HOST:PORT, as in 10.0.0.1:7077"};
  }
  const auto url = load::parse_url(where);
  if (!url) return url.error();
  auto all = load::look_up(url.value());
  if (!all) return all.error();
  std::erase_if(all.value(),
                [](const io::socket_address& a) { return a.bytes.ss_family != AF_INET; });
  if (all.value().empty()) return error{0, where + " has no IPv4 address"};
  return std::move(all).value();
}

}  // namespace

line_channel::line_channel(descriptor socket) noexcept : socket_(std::move(socket)) {
  const int fd = socket_.get();
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(fd, IPPROTO_TCP, TCP_KEEPIDLE, silence_limit_s / 3);
  set(fd, IPPROTO_TCP, TCP_KEEPINTVL, silence_limit_s / 3);
  set(fd, IPPROTO_TCP, TCP_KEEPCNT, 2);
  set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, silence_limit_s * 1000);
}

result<line_channel> line_channel::connect(const std::string& where) {
  const auto all = look_up(where);
  if (!all) return all.error();
  int refused = EADDRNOTAVAIL;
  for (const io::socket_address& each : all.value()) {
    descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval limit{time_to_connect_s, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    const auto* const to = reinterpret_cast<const sockaddr*>(&each.bytes);
    if (::connect(socket.get(), to, each.size) == 0) return line_channel(std::move(socket));
    refused = errno == EINPROGRESS ? ETIMEDOUT : errno;
  }
  return system_error(refused, "cannot connect to " + where);
}

std::string line_channel::own_address() const {
  const auto own = cluster::address_of(socket_.get());
  return own ? without_port(*own) : "";
}

std::string line_channel::peer_address() const {
  cluster::address peer;
  peer.size = sizeof peer.storage;
  auto* const name = reinterpret_cast<sockaddr*>(&peer.storage);
  return ::getpeername(socket_.get(), name, &peer.size) == 0 ? without_port(peer) : "";
}

result<void> line_channel::send(std::string line) {
  line += '\n';
  for (std::string_view rest = line; !rest.empty();) {
    const auto sent = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return system_error(errno, "the connection is lost");
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

std::optional<std::string> line_channel::take_line() {
  const auto end = bytes_.find('\n', searched_);
  searched_ = end == std::string::npos ? bytes_.size() : 0;
  if (end == std::string::npos) return std::nullopt;
  auto line = bytes_.substr(0, end);
  bytes_.erase(0, end + 1);
  return line;
}

/// What has come, without waiting for it.
result<void> line_channel::read_some() {
  char some[16 * 1024];
  const auto count = ::recv(socket_.get(), some, sizeof some, MSG_DONTWAIT);
  if (count == 0) return error{ECONNRESET, "the other side has closed the connection"};
  if (count > 0) {
    bytes_.append(some, static_cast<std::size_t>(count));
  } else if (errno != EAGAIN && errno != EINTR) {
    return system_error(errno, "the connection is lost");
  }
  return {};
}

result<std::optional<std::string>> line_channel::receive_now() {
  if (auto line = take_line()) return line;
  if (const auto read = read_some(); !read) return read.error();
  auto line = take_line();
  if (!line && bytes_.size() > most_line_bytes) return error{EMSGSIZE, "a line has no end"};
  return line;
}

result<std::string> line_channel::receive(monotonic_time until, const interruption& stop) {
  while (true) {
    auto line = receive_now();
    if (!line) return line.error();
    if (line.value()) return *std::move(line).value();
    if (stop()) return error{EINTR, "interrupted"};
    const int left = milliseconds_until(until);
    if (left == 0) return error{ETIMEDOUT, "no answer came"};
    pollfd source{socket_.get(), POLLIN, 0};
    ::poll(&source, 1, left);
  }
}

bool line_channel::anything_to_read() const noexcept {
  pollfd source{socket_.get(), POLLIN, 0};
  return bytes_.find('\n') != std::string::npos || ::poll(&source, 1, 0) > 0;
}

}  // namespace shoal::bench
