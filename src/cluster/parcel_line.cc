#include "cluster/parcel_line.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace shoal::cluster {
namespace {

/// Room for one descriptor.
union passenger {
  cmsghdr align;
  char bytes[CMSG_SPACE(sizeof(int))];
};

}  // namespace

result<parcel_line> parcel_line::open() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
    return system_error(errno, "cannot open a way for descriptors in messages");
  }
  return parcel_line(descriptor(ends[0]), descriptor(ends[1]));
}

bool parcel_line::send(std::uint64_t place, int fd) const noexcept {
  iovec part{&place, sizeof place};
  passenger room{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = room.bytes;
  message.msg_controllen = sizeof room.bytes;
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fd);
  std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  return ::sendmsg(far_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

bool parcel_line::take(parcel& into) const noexcept {
  iovec part{&into.place, sizeof into.place};
  passenger room{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = room.bytes;
  message.msg_controllen = sizeof room.bytes;
  if (::recvmsg(near_.get(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) !=
      static_cast<ssize_t>(sizeof into.place))
    return false;
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  int fd = -1;  // MSG_CTRUNC: lost for want of a free number
  if (header != nullptr && header->cmsg_type == SCM_RIGHTS &&
      header->cmsg_len == CMSG_LEN(sizeof fd)) {
    std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
  }
  into.what.reset(fd);
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
