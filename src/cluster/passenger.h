// One descriptor beside a message of a unix socket (SCM_RIGHTS).
#pragma once

#include <sys/socket.h>

#include <cstring>

#include "base/descriptor.h"

namespace shoal::cluster {

/// Its room, which outlives the call of sendmsg(2) or recvmsg(2).
class passenger final {
 public:
  /// `fd` goes along; a duplicate of it comes.
  void board(msghdr& message, int fd) noexcept {
    await(message);
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  }

  /// One may come along.
  void await(msghdr& message) noexcept {
    message.msg_control = bytes_;
    message.msg_controllen = sizeof bytes_;
  }

  /// That has come with it. None also where no number was free for it (MSG_CTRUNC).
  [[nodiscard]] static descriptor alight(msghdr& message) noexcept {
    const cmsghdr* const header = CMSG_FIRSTHDR(&message);
    int fd = -1;
    if (header != nullptr && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len == CMSG_LEN(sizeof fd)) {
      std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    }
    return descriptor(fd);
  }

 private:
  alignas(cmsghdr) char bytes_[CMSG_SPACE(sizeof(int))] = {};
};

}  // namespace shoal::cluster
