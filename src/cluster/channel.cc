#include "cluster/channel.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "cluster/passenger.h"

namespace shoal::cluster {
namespace {

constexpr std::size_t max_text = 1000;  // a reason with a cure fits; SEQPACKET cuts what is longer

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
  passenger beside;
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 3;
  beside.board(message, socket);
  return ::sendmsg(end, &message, MSG_NOSIGNAL) >= 0;
}

std::optional<note> take_note(int end) {
  char bytes[1 + longest_text];
  iovec part{bytes, sizeof bytes};
  passenger beside;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  beside.await(message);
  const auto size = ::recvmsg(end, &message, MSG_CMSG_CLOEXEC);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  if (size <= 0) return note{};
  return note{static_cast<note_kind>(bytes[0]),
              std::string(bytes + 1, static_cast<std::size_t>(size) - 1),
              passenger::alight(message)};
}

}  // namespace shoal::cluster
