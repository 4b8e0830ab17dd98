// The socket of a service manager, and what it is told there.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include "base/descriptor.h"

namespace shoal::cluster {

class manager_stand_in final {
 public:
  explicit manager_stand_in(const std::string& name)
      : name_(name), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::copy(name.begin(), name.end(), at.sun_path);
    if (name[0] == '@') at.sun_path[0] = '\0';
    ::unlink(name.c_str());
    const auto size = offsetof(sockaddr_un, sun_path) + name.size();
    ::bind(socket_.get(), reinterpret_cast<sockaddr*>(&at), static_cast<socklen_t>(size));
  }
  ~manager_stand_in() { ::unlink(name_.c_str()); }

  /// The next thing that it is told; "" if nothing comes.
  std::string heard() {
    pollfd one{socket_.get(), POLLIN, 0};
    if (::poll(&one, 1, 30'000) != 1) return "";
    char text[1024];
    iovec part{text, sizeof text};
    alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))];
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = room;
    message.msg_controllen = sizeof room;
    const auto size = ::recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC);
    const cmsghdr* const header = CMSG_FIRSTHDR(&message);
    int fd = -1;
    if (header != nullptr) std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    given.reset(fd);
    return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : "";
  }
  /// Skips to what begins so.
  std::string heard(std::string_view begin) {
    std::string text = heard();
    while (!text.empty() && !text.starts_with(begin)) text = heard();
    return text;
  }

  descriptor given;  ///< with what it was told last

 private:
  std::string name_;
  descriptor socket_;
};

inline std::string notify_path() { return "/tmp/shoal_notify." + std::to_string(::getpid()); }

}  // namespace shoal::cluster
