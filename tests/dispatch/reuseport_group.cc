#include "reuseport_group.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/check.h"

namespace shoal::dispatch {
namespace {

sockaddr_in at(const std::string& host, std::uint16_t port) {
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(port);
  SHOAL_CHECK(::inet_pton(AF_INET, host.c_str(), &a.sin_addr) == 1);
  return a;
}

const sockaddr* raw(const sockaddr_in& a) { return reinterpret_cast<const sockaddr*>(&a); }

std::uint16_t port_of(int socket) {
  sockaddr_in a{};
  socklen_t size = sizeof a;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&a), &size);
  return ntohs(a.sin_port);
}

}  // namespace

reuseport_group::reuseport_group(unsigned workers) {
  const int on = 1;
  for (unsigned worker = 0; worker < workers; ++worker) {
    descriptor s(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    ::setsockopt(s.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    const auto here = at("127.0.0.1", port_);
    SHOAL_CHECK(::bind(s.get(), raw(here), sizeof here) == 0 && ::listen(s.get(), 4096) == 0);
    port_ = port_of(s.get());
    listeners_.push_back(std::move(s));
  }
}

bool reuseport_group::connect(const std::string& source) {
  descriptor s(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto from = at(source, 0);
  const auto to = at("127.0.0.1", port_);
  if (::bind(s.get(), raw(from), sizeof from) != 0) return false;
  if (::connect(s.get(), raw(to), sizeof to) != 0) return false;
  clients_.push_back(std::move(s));
  return true;
}

std::vector<unsigned> reuseport_group::accept_all() {
  std::vector<unsigned> got(listeners_.size());
  for (std::size_t worker = 0; worker < listeners_.size(); ++worker) {
    while (descriptor(::accept(listeners_[worker].get(), nullptr, nullptr))) ++got[worker];
  }
  clients_.clear();
  return got;
}

unsigned reuseport_group::accept_one() {
  unsigned who = ~0U;
  const auto got = accept_all();
  for (unsigned worker = 0; worker < got.size(); ++worker) {
    if (got[worker] == 0) continue;
    if (got[worker] > 1 || who != ~0U) return ~0U;
    who = worker;
  }
  return who;
}

std::vector<int> reuseport_group::sockets() const {
  std::vector<int> all;
  for (const auto& s : listeners_) all.push_back(s.get());
  return all;
}

}  // namespace shoal::dispatch
