// What each kind of operation asks of the kernel, and what becomes of the answers.
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "base/check.h"
#include "io/accept_error.h"
#include "io/kernel_socket.h"
#include "io/send_file.h"
#include "io/tell_last.h"
#include "io/uring/uring_core.h"

namespace shoal::io::uring {
namespace {

// The outcome that index_ keeps.
int ended_value(const operation& op) noexcept {
  if (op.index_ == 0 && op.what() == operation::kind::send) {
    return static_cast<int>(static_cast<const send_op&>(op).bytes.size());
  }
  if (op.index_ == 0 && op.what() == operation::kind::send_file) {
    return static_cast<int>(static_cast<const send_file_op&>(op).progress_);
  }
  return -static_cast<int>(op.index_);
}

}  // namespace

// Starting

void uring_driver::begin(operation& op) noexcept {
  SHOAL_DCHECK(!op.in_flight_);
  op.in_flight_ = true;
  op.state_ = 0;
  ++counters_.submissions;
}

io_uring_sqe& uring_driver::request_for(operation& op, request what) noexcept {
  io_uring_sqe& entry = ring_.next_entry();
  entry.user_data = make_token(op, what);
  return entry;
}

int uring_driver::fresh_socket(int family) noexcept {
  ++counters_.system_calls;
  return open_kernel_socket(family);
}

int uring_driver::listen(socket_address& where, int backlog) noexcept {
  return open_kernel_listener(where, backlog);
}

void uring_driver::start(accept_op& op) noexcept {
  begin(op);
  arm(op);
}

void uring_driver::start(receive_op& op) noexcept {
  begin(op);
  park_or_arm(op);
}

void uring_driver::start(send_op& op) noexcept {
  begin(op);
  op.progress_ = 0;
  const std::uint8_t fixed = sockets_.flag_for(op.socket, ring_);
  io_uring_sqe& entry = request_for(op, request::send_now);
  const int flags = MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL | (op.more_follows ? MSG_MORE : 0);
  io_uring_prep_send(&entry, op.socket, op.bytes.data(), op.bytes.size(), flags);
  entry.flags = send_flags_ | fixed;
  if (zero_copy_.takes(op)) return lend_bytes(op, entry);
  if (send_flags_ != 0) submitted_.push(op);
}

void uring_driver::start(connect_op& op) noexcept {
  begin(op);
  set(op, armed);
  io_uring_prep_connect(&request_for(op, request::connect), op.socket,
                        reinterpret_cast<const sockaddr*>(&op.address), op.address_bytes);
}

void uring_driver::start(send_file_op& op) noexcept {
  begin(op);
  SHOAL_DCHECK(op.count > 0);
  op.progress_ = 0;
  go_on(op);
}

void uring_driver::arm(accept_op& op) noexcept {
  set(op, armed);
  io_uring_sqe& entry = request_for(op, request::accept);
  io_uring_prep_accept(&entry, op.socket, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  entry.ioprio = multishot_accept_;
}

void uring_driver::arm(receive_op& op, std::uint16_t multishot) noexcept {
  set(op, armed);
  const std::uint8_t fixed = sockets_.flag_for(op.socket, ring_);
  io_uring_sqe& entry = request_for(op, request::receive);
  io_uring_prep_recv(&entry, op.socket, nullptr, 0, 0);
  entry.ioprio = multishot;
  entry.flags = IOSQE_BUFFER_SELECT | fixed;
  entry.buf_group = buffer_ring::group;
}

void uring_driver::send_rest(send_op& op) noexcept {
  set(op, armed);
  const auto rest = op.bytes.subspan(op.progress_);
  const int flags = MSG_WAITALL | MSG_NOSIGNAL | (op.more_follows ? MSG_MORE : 0);
  const std::uint8_t fixed = sockets_.flag_for(op.socket, ring_);
  io_uring_sqe& entry = request_for(op, request::send_rest);
  io_uring_prep_send(&entry, op.socket, rest.data(), rest.size(), flags);
  entry.flags = fixed;
}

// Sends what the socket takes. Whatever comes of it is seen to in a later deliver().
void uring_driver::go_on(send_file_op& op) noexcept {
  const int code = send_file_step(op, counters_.system_calls);
  if (code == -EAGAIN) {
    set(op, armed);
    io_uring_prep_poll_add(&request_for(op, request::send_rest), op.socket, POLLOUT);
    return;
  }
  if (code != -EINPROGRESS) {
    set(op, ended);
    op.index_ = static_cast<std::uint16_t>(-code);
  }
  files_.push(op);
}

// Ending

void uring_driver::cancel(operation& op) noexcept {
  if (!op.in_flight_ || has(op, cancelled)) return;
  set(op, cancelled);
  if (has(op, parked)) parked_cancelled_ = true;
  // Not armed: a send that the next enter decides, or an operation whose outcome is being told.
  if (has(op, armed)) request_cancel(op);
  if (has(op, lent)) demand_bytes_back(static_cast<send_op&>(op));
}

void uring_driver::request_cancel(operation& op) noexcept {
  constexpr request of_kind[] = {request::accept, request::receive, request::send_rest,
                                 request::connect, request::send_rest};
  set(op, cancelling);
  const std::uint64_t target = make_token(op, of_kind[static_cast<unsigned>(op.what())]);
  io_uring_prep_cancel64(&request_for(op, request::cancel), target, 0);
}

void uring_driver::shutdown_send(int socket) noexcept {
  // IORING_OP_SHUTDOWN goes to a kernel thread, and what is queued must leave before FIN.
  if (!submitted_.empty() || tells_of_sends_) flush();
  ++counters_.system_calls;
  ::shutdown(socket, SHUT_WR);
}

// Does not receive for anybody: that takes an enter that asks for events. A receive that was
// started in this turn may, and nobody takes its connection before the next.
void uring_driver::flush() noexcept {
  if (ring_.queued() != 0) SHOAL_CHECK(ring::passed(ring_.enter(ring::waiting::submit_only)));
}

void uring_driver::close(int socket) noexcept {
  sockets_.forget(socket, ring_);
  // In the queue's order: an accept that is started afterwards may have the number.
  io_uring_sqe& entry = ring_.next_entry();
  io_uring_prep_close(&entry, socket);
  entry.flags = IOSQE_CQE_SKIP_SUCCESS;
  entry.user_data = make_token(request::ignored);
}

// Outcomes

void uring_driver::on_accept(accept_op& op, const completion& c) noexcept {
  if (c.result >= 0) {
    ++counters_.completions;
    op.accepted({c.result, true});
  } else if (!concerns_one_connection(-c.result)) {
    return end(op, c.result);
  }
  if (has(op, armed)) return;
  if (has(op, cancelled)) return end(op, -ECANCELED);
  arm(op);
}

void uring_driver::on_receive(receive_op& op, const completion& c) noexcept {
  if (op.offer != nullptr) --op.offer->untold;
  if (c.result > 0) {
    ++counters_.completions;
    const unsigned buffer = c.flags >> IORING_CQE_BUFFER_SHIFT;
    lease bytes = buffers_.lend(buffer, static_cast<unsigned>(c.result));
    if (went_along(op)) return;
    op.received({c.result, true}, std::move(bytes));
    if (has(op, armed)) return;
    if (has(op, cancelled)) return end(op, -ECANCELED);
    return park_or_arm(op);
  }
  if (c.result != -ENOBUFS) return end(op, c.result);
  if (has(op, cancelled)) return end(op, -ECANCELED);
  ++counters_.buffers_exhausted;
  set(op, parked);
  parked_.push(op);
}

/// Who has taken the connection since the wait has these bytes, too.
bool uring_driver::went_along(receive_op& op) noexcept {
  if (op.take_back()) return false;
  return op.offer->take_early();
}

// While others wait for a buffer, nobody goes past them.
void uring_driver::park_or_arm(receive_op& op) noexcept {
  if (parked_.empty()) return arm(op, multishot_receive_);
  set(op, parked);
  parked_.push(op);
}

void uring_driver::on_send(send_op& op, const completion& c) noexcept {
  const bool attempt = has(op, lent) && request_of(c.token) == request::send_now;
  const int result = attempt ? after_attempt(op, c) : c.result;
  if (has(op, was_reset)) return end(op, -ECANCELED);
  if (result < 0 && result != -EAGAIN) return end(op, result);
  op.progress_ += static_cast<std::uint32_t>(std::max(result, 0));
  if (op.progress_ == op.bytes.size()) return end(op, static_cast<int>(op.progress_));
  if (has(op, cancelled)) return end(op, -ECANCELED);
  send_rest(op);  // also after an error that came behind some bytes: now it comes alone
}

void uring_driver::on_room(send_file_op& op, const completion& c) noexcept {
  if (c.result < 0) return end(op, c.result);
  if (has(op, cancelled)) return end(op, -ECANCELED);
  go_on(op);
}

void uring_driver::on_file_turn(send_file_op& op) noexcept {
  if (has(op, ended)) return finish(op, ended_value(op));
  if (has(op, cancelled)) return finish(op, -ECANCELED);
  go_on(op);
}

void uring_driver::on_cancel(operation& op, int code) noexcept {
  clear(op, cancelling);
  if (has(op, ended)) return finish_ended(op);
  // Not found, and yet it is there: the kernel had it between two states.
  if (code == -ENOENT && has(op, armed)) request_cancel(op);
}

// An operation whose cancel request is under way waits for it, so that nothing of it is left, and
// one for its bytes.
void uring_driver::end(operation& op, int value) noexcept {
  if (!has(op, cancelling | lent)) return finish(op, value);
  set(op, ended);
  op.index_ = static_cast<std::uint16_t>(std::max(-value, 0));
}

void uring_driver::finish_ended(operation& op) noexcept {
  if (!has(op, cancelling | lent)) finish(op, ended_value(op));
}

void uring_driver::finish(operation& op, int value) noexcept {
  ++counters_.completions;
  tell_last(op, value);
}

}  // namespace shoal::io::uring
