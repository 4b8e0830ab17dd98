#include "http/moved_connection.h"

#include <sys/socket.h>
#include <unistd.h>

namespace shoal::http {

void joint_socket::let_go() noexcept {
  if (holders_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  if (socket_ >= 0) ::close(socket_);
  delete this;
}

void let_go_of(const moved_connection& sent) noexcept {
  if (sent.joint != nullptr) return sent.joint->let_go();
  ::close(sent.socket);
}

void break_off(const moved_connection& lost) noexcept {
  ::shutdown(lost.socket, SHUT_RDWR);
  let_go_of(lost);
}

}  // namespace shoal::http
