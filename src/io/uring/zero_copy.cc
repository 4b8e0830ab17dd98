#include "io/uring/zero_copy.h"

#include <sys/socket.h>

#include <cerrno>

#include "io/uring/uring_core.h"

namespace shoal::io::uring {

// Disconnecting sends RST and drops what was queued, for retransmission too; the descriptor stays.
void zero_copy::reset(int socket) noexcept {
  sockaddr nobody{};
  nobody.sa_family = AF_UNSPEC;
  static_cast<void>(::connect(socket, &nobody, sizeof nobody));
}

void zero_copy::reset_all() noexcept {
  for (std::size_t socket = 0; socket < out_.size(); ++socket) {
    if (out_[socket] != nullptr) reset(static_cast<int>(socket));
  }
}

// What the driver makes of it.

void uring_driver::lend_bytes(send_op& op, io_uring_sqe& entry) noexcept {
  zero_copy::alter(entry);
  zero_copy_.lend(op);
  set(op, lent);
}

// As on_send() likes it: whatever the attempt has failed of, the usual way tries once more.
int uring_driver::after_attempt(send_op& op, const completion& c) noexcept {
  if ((c.flags & IORING_CQE_F_MORE) == 0) have_bytes_back(op);
  return c.result < 0 ? -EAGAIN : c.result;
}

void uring_driver::have_bytes_back(send_op& op) noexcept {
  clear(op, lent);
  zero_copy_.have_back(op);
}

void uring_driver::on_bytes_back(send_op& op) noexcept {
  have_bytes_back(op);
  if (has(op, ended)) finish_ended(op);
}

void uring_driver::demand_bytes_back(send_op& op) noexcept {
  ++counters_.system_calls;
  zero_copy::reset(op.socket);
  set(op, was_reset);
  if (has(op, ended)) op.index_ = ECANCELED;
}

}  // namespace shoal::io::uring
