#include "cluster/channel.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace shoal::cluster {
namespace {

constexpr std::size_t max_text = 1000;  // a reason with a cure fits; SEQPACKET cuts what is longer

/// Room for one descriptor beside a note.
union passenger {
  cmsghdr align;
  char bytes[CMSG_SPACE(sizeof(int))];
};

descriptor passenger_of(msghdr& message) noexcept {
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS ||
      header->cmsg_len != CMSG_LEN(sizeof(int))) {
    return {};
  }
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return descriptor(fd);
}

}  // namespace

result<channel> open_channel() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
    return system_error(errno, "cannot open a channel to a node process");
  }
  return channel{descriptor(ends[0]), descriptor(ends[1])};
}

bool send_note(int end, note_kind kind, std::string_view text) noexcept {
  char first = static_cast<char>(kind);
  iovec parts[2] = {{&first, 1}, {const_cast<char*>(text.data()), std::min(text.size(), max_text)}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  return ::sendmsg(end, &message, MSG_NOSIGNAL) >= 0;
}

bool send_connection(int end, unsigned worker, int socket) noexcept {
  char text[16];
  const auto written = std::to_chars(text, text + sizeof text, worker);
  const std::string_view number(text, static_cast<std::size_t>(written.ptr - text));
  return send_socket(end, note_kind::connection, number, {}, socket);
}

bool send_socket(int end, note_kind kind, std::string_view first, std::string_view second,
                 int socket) noexcept {
  char start = static_cast<char>(kind);
  iovec parts[3] = {{&start, 1},
                    {const_cast<char*>(first.data()), first.size()},
                    {const_cast<char*>(second.data()), second.size()}};
  passenger room{};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 3;
  message.msg_control = room.bytes;
  message.msg_controllen = sizeof room.bytes;
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof socket);
  std::memcpy(CMSG_DATA(header), &socket, sizeof socket);
  return ::sendmsg(end, &message, MSG_NOSIGNAL) >= 0;
}

std::optional<note> take_note(int end) {
  char bytes[1 + longest_text];
  iovec part{bytes, sizeof bytes};
  passenger room{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = room.bytes;
  message.msg_controllen = sizeof room.bytes;
  const auto size = ::recvmsg(end, &message, MSG_CMSG_CLOEXEC);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  if (size <= 0) return note{};
  // MSG_CTRUNC says that a descriptor was lost for want of a free number: then there is no header.
  return note{static_cast<note_kind>(bytes[0]),
              std::string(bytes + 1, static_cast<std::size_t>(size) - 1), passenger_of(message)};
}

}  // namespace shoal::cluster
