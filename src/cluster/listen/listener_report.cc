#include "cluster/listen/listener_report.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <set>
#include <string>

namespace shoal::cluster {
namespace {

class report final {
 public:
  explicit report(const std::vector<address>& addresses) {
    for (const auto& a : addresses) all_.push_back({.address = show(a)});
  }

  void add(int socket) {
    const auto where = address_of(socket);
    if (!where) return;
    const auto text = show(*where);
    const auto at = std::find_if(all_.begin(), all_.end(),
                                 [&](const listener_status& l) { return l.address == text; });
    if (at == all_.end() || !seen_.insert(identity(socket)).second) return;
    ++at->sockets;
    tcp_info facts{};
    socklen_t size = sizeof facts;
    if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &facts, &size) != 0) return;
    // Of a listener these two are its queue and the limit of that.
    at->waiting += facts.tcpi_unacked;
    at->backlog = facts.tcpi_sacked;
  }

  std::vector<listener_status> take() { return std::move(all_); }

 private:
  /// The same for duplicates of a descriptor.
  static std::uint64_t identity(int socket) noexcept {
    std::uint64_t cookie = 0;
    socklen_t size = sizeof cookie;
    ::getsockopt(socket, SOL_SOCKET, SO_COOKIE, &cookie, &size);
    return cookie;
  }

  std::vector<listener_status> all_;
  std::set<std::uint64_t> seen_;
};

}  // namespace

std::vector<listener_status> look_at(const listeners& sockets, unsigned slots) {
  report out(sockets.addresses());
  for (unsigned slot = 0; slot < slots; ++slot) {
    for (const auto& socket : sockets.of(slot)) out.add(socket.get());
  }
  for (const auto& socket : sockets.handed()) out.add(socket.get());
  return out.take();
}

}  // namespace shoal::cluster
