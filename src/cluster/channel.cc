#include "cluster/channel.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

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

void send_note(int end, note_kind kind, std::string_view text) noexcept {
  char first = static_cast<char>(kind);
  iovec parts[2] = {{&first, 1}, {const_cast<char*>(text.data()), std::min(text.size(), max_text)}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  [[maybe_unused]] const auto ignored = ::sendmsg(end, &message, MSG_NOSIGNAL);
}

std::optional<note> take_note(int end) {
  char bytes[1 + max_text];
  const auto size = ::recv(end, bytes, sizeof bytes, 0);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  if (size <= 0) return note{};
  return note{static_cast<note_kind>(bytes[0]),
              std::string(bytes + 1, static_cast<std::size_t>(size) - 1)};
}

}  // namespace shoal::cluster
