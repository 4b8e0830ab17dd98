#include "cluster/letters/parcel_line.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "cluster/passenger.h"

namespace shoal::cluster {

result<parcel_line> parcel_line::open() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
    return system_error(errno, "cannot open a way for descriptors in messages");
  }
  return parcel_line(descriptor(ends[0]), descriptor(ends[1]));
}

bool parcel_line::send(std::uint64_t place, int fd) const noexcept {
  iovec part{&place, sizeof place};
  passenger beside;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  beside.board(message, fd);
  return ::sendmsg(far_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

bool parcel_line::take(parcel& into) const noexcept {
  iovec part{&into.place, sizeof into.place};
  passenger beside;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  beside.await(message);
  if (::recvmsg(near_.get(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) !=
      static_cast<ssize_t>(sizeof into.place))
    return false;
  into.what = passenger::alight(message);
  return true;
}

parcel_shelf::parcel_shelf(const parcel_line& line) : line_(line) { all_.reserve(most); }

// What stays in the socket outlives this process: no more is taken out than has to be.
descriptor parcel_shelf::take(std::uint64_t place) noexcept {
  const auto found = std::find_if(all_.begin(), all_.end(),
                                  [place](const auto& one) { return one.place == place; });
  if (found != all_.end()) {
    auto what = std::move(found->what);
    all_.erase(found);
    return what;
  }
  parcel_line::parcel one;
  while (all_.size() < most && line_.take(one)) {
    if (one.place == place) return std::move(one.what);
    all_.push_back(std::move(one));
  }
  return {};
}

void parcel_shelf::pass(std::uint64_t place) noexcept {
  parcel_line::parcel one;
  while (all_.size() < most && line_.take(one)) all_.push_back(std::move(one));
  std::erase_if(all_, [place](const auto& one) { return one.place < place; });
}

void parcel_shelf::give_back() noexcept {
  for (const auto& one : all_) static_cast<void>(line_.send(one.place, one.what.get()));
  all_.clear();
}

}  // namespace shoal::cluster
