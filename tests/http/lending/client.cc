#include "client.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "base/check.h"

namespace shoal::http::test {
namespace {

constexpr std::string_view length_field = "Content-Length: ";

/// Again when it was interrupted: what the kernel does at the end of a ring counts as a signal for
/// whichever thread it picks.
template <typename Call>
ssize_t unbroken(Call call) {
  for (;;) {
    const ssize_t n = call();
    if (n >= 0 || errno != EINTR) return n;
  }
}

}  // namespace

tcp_pair::tcp_pair() {
  descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const where = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  SHOAL_CHECK(::bind(listener.get(), where, size) == 0 && ::listen(listener.get(), 1) == 0);
  SHOAL_CHECK(::getsockname(listener.get(), where, &size) == 0);
  client.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  SHOAL_CHECK(::connect(client.get(), where, size) == 0);
  server.reset(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  SHOAL_CHECK(server.open());
  const timeval patience{.tv_sec = 30, .tv_usec = 0};
  ::setsockopt(client.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const int one = 1;
  ::setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

int open_descriptors() {
  DIR* const all = ::opendir("/proc/self/fd");
  SHOAL_CHECK(all != nullptr);
  int count = 0;
  while (::readdir(all) != nullptr) ++count;
  ::closedir(all);
  return count - 3;  // ".", "..", and the directory's own
}

bool client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n =
        unbroken([&] { return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL); });
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

std::string client::answer() {
  for (;;) {
    const auto end = received_.find("\r\n\r\n");
    const auto length = received_.find(length_field);
    if (end != std::string::npos && length < end) {
      const auto body = std::strtoul(received_.c_str() + length + length_field.size(), nullptr, 10);
      if (received_.size() >= end + 4 + body) {
        std::string answer = received_.substr(end + 4, body);
        received_.erase(0, end + 4 + body);
        return answer;
      }
    }
    if (!receive()) return "(closed)";
  }
}

bool client::receive() {
  std::array<char, 16 * 1024> bytes;
  const auto n = unbroken([&] { return ::recv(socket_.get(), bytes.data(), bytes.size(), 0); });
  if (n > 0) received_.append(bytes.data(), static_cast<std::size_t>(n));
  return n > 0;
}

void client::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

}  // namespace shoal::http::test
