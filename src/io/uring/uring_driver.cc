// A turn is one io_uring_enter: it submits what the last deliver() started and waits for what
// comes.
//
// Receives and accepts are multishot: they stay armed and cost no submission. A send is tried at
// once within the enter, without a completion: after it, a send of which nothing was heard has left
// in full (see scan()). That halves the completions of a server and needs no wake-up for them.
//
// Whatever ends a multishot request silently (a full completion queue does) is armed again here;
// the operation above it hears of nothing.
#include "io/uring/uring_driver.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/descriptor.h"
#include "io/uring/buffer_ring.h"
#include "io/uring/operation_queue.h"
#include "io/uring/ring.h"
#include "io/uring/token.h"
#include "io/uring/unavailable.h"

namespace shoal::io {
namespace {

// Outcomes in one turn: enough to make a submission worth its system call, few enough that timers
// and messages are not kept waiting for long. Sends take at most half while there is other work.
constexpr unsigned outcomes_per_turn = 256;

// operation::state_, a set of these.
constexpr std::uint8_t armed = 1;        // the kernel has it, and a completion is still to come
constexpr std::uint8_t cancelled = 2;    // somebody asked for its end
constexpr std::uint8_t cancelling = 4;   // a cancel request is in the kernel; it has a completion
constexpr std::uint8_t ended = 8;        // its last outcome, index_, waits for that completion
constexpr std::uint8_t parked = 16;      // in parked_, without a buffer
constexpr std::uint8_t incomplete = 32;  // a send that the kernel could not finish at once

bool has(const operation& op, std::uint8_t bits) noexcept { return (op.state_ & bits) != 0; }
void set(operation& op, std::uint8_t bits) noexcept { op.state_ |= bits; }
void clear(operation& op, std::uint8_t bits) noexcept {
  op.state_ = static_cast<std::uint8_t>(op.state_ & ~bits);
}

// The outcome that index_ keeps.
int ended_value(const operation& op) noexcept {
  if (op.index_ == 0 && op.what() == operation::kind::send) {
    return static_cast<int>(static_cast<const send_op&>(op).bytes.size());
  }
  return -static_cast<int>(op.index_);
}

// What befell one connection, not the listener (accept(2) names them).
bool concerns_one_connection(int code) noexcept {
  switch (-code) {
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
    case EINTR:
    case EAGAIN:
      return true;
    default:
      return false;
  }
}

class uring_driver final : public driver {
 public:
  ~uring_driver() override;

  [[nodiscard]] result<void> open(const driver_options&);

  [[nodiscard]] std::string_view name() const noexcept override { return "uring"; }
  void start(accept_op&) noexcept override;
  void start(receive_op&) noexcept override;
  void start(send_op&) noexcept override;
  void start(connect_op&) noexcept override;
  void cancel(operation&) noexcept override;
  void shutdown_send(int socket) noexcept override;
  void close(int socket) noexcept override;
  void wait(monotonic_time until) noexcept override;
  void deliver() noexcept override;
  void wake() const noexcept override;
  [[nodiscard]] monotonic_time now() const noexcept override { return now_; }
  [[nodiscard]] const driver_counters& counters() const noexcept override { return counters_; }

 private:
  void begin(operation& op) noexcept;

  // Requests to the kernel.
  io_uring_sqe& request_for(operation& op, request what) noexcept;
  void arm(accept_op& op) noexcept;
  void arm(receive_op& op, unsigned multishot = IORING_RECV_MULTISHOT) noexcept;
  void send_rest(send_op& op) noexcept;
  void request_cancel(operation& op) noexcept;
  void arm_wake() noexcept;

  // Before and after the enter.
  void unpark() noexcept;
  void enter(monotonic_time until) noexcept;
  void scan() noexcept;
  [[nodiscard]] bool has_backlog() const noexcept {
    return !ring_.empty() || !sent_.empty() || !dropped_.empty();
  }

  // Outcomes.
  unsigned deliver_sent(unsigned most) noexcept;
  void dispatch(const completion& c) noexcept;
  void on_accept(accept_op& op, const completion& c) noexcept;
  void on_receive(receive_op& op, const completion& c) noexcept;
  void on_send(send_op& op, const completion& c) noexcept;
  void on_cancel(operation& op, int code) noexcept;
  void park_or_arm(receive_op& op) noexcept;
  void end(operation& op, int value) noexcept;
  void tell_last(operation& op, int value) noexcept;

  driver_counters counters_;
  buffer_ring buffers_;
  ring ring_{counters_.system_calls};
  descriptor event_;
  unsigned scanned_ = 0;  // completions before this position have been through scan()
  bool overflow_counted_ = false;
  bool parked_cancelled_ = false;
  operation_queue submitted_;  // sends of which a completion may still tell
  operation_queue sent_;       // sends that have left in full
  operation_queue parked_;     // receives that wait for a buffer
  operation_queue dropped_;    // receives that were cancelled while parked
  monotonic_time now_;
};

uring_driver::~uring_driver() {
  ring_.shut_down([](const completion& c) {
    if (request_of(c.token) == request::accept && c.result >= 0) ::close(c.result);
  });
}

result<void> uring_driver::open(const driver_options& options) {
  const unsigned buffers =
      std::bit_ceil(std::clamp(options.receive_buffers, 1U, buffer_ring::most_buffers));
  int code = ring_.open(std::max(options.queue_entries, 1U));
  if (code == 0) {
    code = buffers_.open(ring_.raw(), buffers, std::max(options.receive_buffer_bytes, 1U));
  }
  if (code != 0) return error{-code, why_no_uring(-code, look_around())};
  event_.reset(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!event_) return system_error(errno, "eventfd");
  arm_wake();
  now_ = read_clock();
  return {};
}

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
  io_uring_sqe& entry = request_for(op, request::send_now);
  const int flags = MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL | (op.more_follows ? MSG_MORE : 0);
  io_uring_prep_send(&entry, op.socket, op.bytes.data(), op.bytes.size(), flags);
  entry.flags = IOSQE_CQE_SKIP_SUCCESS;
  submitted_.push(op);
}

void uring_driver::start(connect_op& op) noexcept {
  begin(op);
  set(op, armed);
  io_uring_prep_connect(&request_for(op, request::connect), op.socket,
                        reinterpret_cast<const sockaddr*>(&op.address), op.address_bytes);
}

void uring_driver::arm(accept_op& op) noexcept {
  set(op, armed);
  io_uring_prep_multishot_accept(&request_for(op, request::accept), op.socket, nullptr, nullptr,
                                 SOCK_NONBLOCK | SOCK_CLOEXEC);
}

void uring_driver::arm(receive_op& op, unsigned multishot) noexcept {
  set(op, armed);
  io_uring_sqe& entry = request_for(op, request::receive);
  io_uring_prep_recv(&entry, op.socket, nullptr, 0, 0);
  entry.ioprio = static_cast<std::uint16_t>(multishot);
  entry.flags = IOSQE_BUFFER_SELECT;
  entry.buf_group = buffer_ring::group;
}

void uring_driver::send_rest(send_op& op) noexcept {
  set(op, armed);
  const auto rest = op.bytes.subspan(op.progress_);
  const int flags = MSG_WAITALL | MSG_NOSIGNAL | (op.more_follows ? MSG_MORE : 0);
  io_uring_prep_send(&request_for(op, request::send_rest), op.socket, rest.data(), rest.size(),
                     flags);
}

void uring_driver::arm_wake() noexcept {
  // Edge-triggered: each write(2) to the descriptor completes once, and nobody has to read it.
  io_uring_sqe& entry = ring_.next_entry();
  io_uring_prep_poll_multishot(&entry, event_.get(), POLLIN);
  entry.user_data = make_token(request::wake);
}

// Ending

void uring_driver::cancel(operation& op) noexcept {
  if (!op.in_flight_ || has(op, cancelled)) return;
  set(op, cancelled);
  if (has(op, parked)) parked_cancelled_ = true;
  // Not armed: a send that the next enter decides, or an operation whose outcome is being told.
  if (has(op, armed)) request_cancel(op);
}

void uring_driver::request_cancel(operation& op) noexcept {
  constexpr request of_kind[] = {request::accept, request::receive, request::send_rest,
                                 request::connect};
  set(op, cancelling);
  const std::uint64_t target = make_token(op, of_kind[static_cast<unsigned>(op.what())]);
  io_uring_prep_cancel64(&request_for(op, request::cancel), target, 0);
}

void uring_driver::shutdown_send(int socket) noexcept {
  // IORING_OP_SHUTDOWN goes to a kernel thread, and what is queued must leave before FIN.
  if (!submitted_.empty()) SHOAL_CHECK(ring::passed(ring_.enter(ring::waiting::submit_only)));
  ++counters_.system_calls;
  ::shutdown(socket, SHUT_WR);
}

void uring_driver::close(int socket) noexcept {
  // In the queue's order: an accept that is started afterwards may have the number.
  io_uring_sqe& entry = ring_.next_entry();
  io_uring_prep_close(&entry, socket);
  entry.flags = IOSQE_CQE_SKIP_SUCCESS;
  entry.user_data = make_token(request::ignored);
}

void uring_driver::wake() const noexcept {
  const std::uint64_t once = 1;
  [[maybe_unused]] const ssize_t written = ::write(event_.get(), &once, sizeof once);
}

// The turn

void uring_driver::wait(monotonic_time until) noexcept {
  ++counters_.waits;
  buffers_.publish();
  if (!parked_.empty()) unpark();
  enter(until);
  scan();
  now_ = read_clock();
}

// One buffer for each, in the order they came, so that none starves: what is submitted is tried
// before the receives that are armed already.
void uring_driver::unpark() noexcept {
  if (std::exchange(parked_cancelled_, false)) {
    parked_.remove_if([this](operation& op) noexcept {
      if (!has(op, cancelled)) return false;
      clear(op, parked);
      dropped_.push(op);
      return true;
    });
  }
  for (unsigned free = buffers_.available(); free > 0 && !parked_.empty(); --free) {
    auto& op = static_cast<receive_op&>(*parked_.pop());
    clear(op, parked);
    arm(op, parked_.empty() ? IORING_RECV_MULTISHOT : 0);
  }
}

void uring_driver::enter(monotonic_time until) noexcept {
  for (;;) {
    // Completions that are left over from the last turn need no system call, unless there is
    // something to submit; and then they come first, before the kernel adds more.
    const bool backlog = has_backlog();
    if (backlog && ring_.queued() == 0 && !ring_.overflowed()) return;
    // Sends that are about to leave in full complete nothing that would end a wait.
    const bool polls = backlog || !submitted_.empty() || until <= now_;
    const int code = ring_.enter(polls ? ring::waiting::poll : ring::waiting::block, until);
    SHOAL_CHECK(ring::passed(code));
    if (polls || !ring_.empty() || (code != 0 && code != -EINTR)) return;
    // A signal has cut the wait short (no EINTR if something was submitted), or time is up.
    if (until != never && read_clock() >= until) return;
  }
}

// Looks at each new completion once, before any outcome is told: who has no completion now has been
// sent in full. That holds when everything was submitted and no completion is held back.
void uring_driver::scan() noexcept {
  bool some_incomplete = false;
  const unsigned tail = ring_.tail();
  for (; scanned_ != tail; ++scanned_) {
    const completion c = ring_.at(scanned_);
    if ((c.flags & IORING_CQE_F_BUFFER) != 0) buffers_.count_taken();
    operation* op = operation_of(c.token);
    __builtin_prefetch(op);
    switch (request_of(c.token)) {
      case request::send_now:
        set(*op, incomplete);
        some_incomplete = true;
        break;
      case request::wake:
        ++counters_.wakes;
        if ((c.flags & IORING_CQE_F_MORE) == 0) arm_wake();
        break;
      default:
        break;
    }
  }
  if (some_incomplete) {
    submitted_.remove_if([](operation& op) noexcept { return has(op, incomplete); });
  }
  const bool overflowed = ring_.overflowed();
  if (overflowed && !overflow_counted_) ++counters_.queue_overflows;
  overflow_counted_ = overflowed;
  if (!overflowed && ring_.queued() == 0) sent_.append(submitted_);
}

void uring_driver::deliver() noexcept {
  unsigned left = outcomes_per_turn - deliver_sent(outcomes_per_turn / 2);
  for (; left > 0 && !dropped_.empty(); --left) tell_last(*dropped_.pop(), -ECANCELED);
  for (; left > 0 && ring_.head() != scanned_; --left) dispatch(ring_.pop());
  deliver_sent(left);
}

unsigned uring_driver::deliver_sent(unsigned most) noexcept {
  unsigned told = 0;
  for (; told < most && !sent_.empty(); ++told) {
    auto& op = static_cast<send_op&>(*sent_.pop());
    tell_last(op, static_cast<int>(op.bytes.size()));
  }
  return told;
}

void uring_driver::dispatch(const completion& c) noexcept {
  operation* op = operation_of(c.token);
  const request what = request_of(c.token);
  if (op != nullptr && what != request::cancel && (c.flags & IORING_CQE_F_MORE) == 0) {
    clear(*op, armed);
  }
  switch (what) {
    case request::accept:
      return on_accept(static_cast<accept_op&>(*op), c);
    case request::receive:
      return on_receive(static_cast<receive_op&>(*op), c);
    case request::send_now:
    case request::send_rest:
      return on_send(static_cast<send_op&>(*op), c);
    case request::connect:
      return end(*op, c.result);
    case request::cancel:
      return on_cancel(*op, c.result);
    case request::wake:
    case request::ignored:
      return;
  }
}

void uring_driver::on_accept(accept_op& op, const completion& c) noexcept {
  if (c.result >= 0) {
    ++counters_.completions;
    op.accepted({c.result, true});
  } else if (!concerns_one_connection(c.result)) {
    return end(op, c.result);
  }
  if (has(op, armed)) return;
  if (has(op, cancelled)) return end(op, -ECANCELED);
  arm(op);
}

void uring_driver::on_receive(receive_op& op, const completion& c) noexcept {
  if (c.result > 0) {
    ++counters_.completions;
    const unsigned buffer = c.flags >> IORING_CQE_BUFFER_SHIFT;
    op.received({c.result, true}, buffers_.lend(buffer, static_cast<unsigned>(c.result)));
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

// While others wait for a buffer, nobody goes past them.
void uring_driver::park_or_arm(receive_op& op) noexcept {
  if (parked_.empty()) return arm(op);
  set(op, parked);
  parked_.push(op);
}

void uring_driver::on_send(send_op& op, const completion& c) noexcept {
  if (c.result < 0 && c.result != -EAGAIN) return end(op, c.result);
  op.progress_ += static_cast<std::uint32_t>(std::max(c.result, 0));
  if (op.progress_ == op.bytes.size()) return end(op, static_cast<int>(op.progress_));
  if (has(op, cancelled)) return end(op, -ECANCELED);
  send_rest(op);  // also after an error that came behind some bytes: now it comes alone
}

void uring_driver::on_cancel(operation& op, int code) noexcept {
  clear(op, cancelling);
  if (has(op, ended)) return tell_last(op, ended_value(op));
  // Not found, and yet it is there: the kernel had it between two states.
  if (code == -ENOENT && has(op, armed)) request_cancel(op);
}

// An operation whose cancel request is under way waits for it, so that nothing of it is left.
void uring_driver::end(operation& op, int value) noexcept {
  if (!has(op, cancelling)) return tell_last(op, value);
  set(op, ended);
  op.index_ = static_cast<std::uint16_t>(std::max(-value, 0));
}

void uring_driver::tell_last(operation& op, int value) noexcept {
  op.in_flight_ = false;
  ++counters_.completions;
  const outcome last{value, false};
  switch (op.what()) {
    case operation::kind::accept:
      return static_cast<accept_op&>(op).accepted(last);
    case operation::kind::receive:
      return static_cast<receive_op&>(op).received(last, {});
    case operation::kind::send:
      return static_cast<send_op&>(op).sent(last);
    case operation::kind::connect:
      return static_cast<connect_op&>(op).connected(last);
  }
}

}  // namespace

result<std::unique_ptr<driver>> open_uring_driver(const driver_options& options) {
  auto opened = std::make_unique<uring_driver>();
  if (auto done = opened->open(options); !done) return done.error();
  return std::unique_ptr<driver>(std::move(opened));
}

}  // namespace shoal::io
