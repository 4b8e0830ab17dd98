#include "io/uring/uring_driver.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "io/uring/napi.h"
#include "io/uring/unavailable.h"
#include "io/uring/uring_core.h"

namespace shoal::io::uring {
namespace {

// Outcomes in one turn: enough to make a submission worth its system call, few enough that timers
// and messages are not kept waiting for long. Sends take at most half while there is other work.
constexpr unsigned outcomes_per_turn = 256;

}  // namespace

// Operations may be gone by now.
uring_driver::~uring_driver() {
  sockets_.close(ring_.raw());
  ring_.shut_down([this](const completion& c) {
    const request what = request_of(c.token);
    if (what == request::accept && c.result >= 0) ::close(c.result);
    // The last of a send without copies: a notification, or an attempt that none follows.
    if (what == request::send_now && (c.flags & IORING_CQE_F_MORE) == 0) {
      zero_copy_.have_back_late(operation_of(c.token));
    }
  });
  zero_copy_.reset_all();
}

result<void> uring_driver::open(const driver_options& options) {
  const unsigned buffers =
      std::bit_ceil(std::clamp(options.receive_buffers, 1U, buffer_ring::most_buffers));
  const uring_features& used = options.uring;
  multishot_accept_ = used.multishot_accept ? IORING_ACCEPT_MULTISHOT : 0;
  multishot_receive_ = used.multishot_receive ? IORING_RECV_MULTISHOT : 0;
  send_flags_ = used.skipped_completions && !used.sqpoll ? IOSQE_CQE_SKIP_SUCCESS : 0;
  tells_of_sends_ = send_flags_ == 0 || used.zero_copy_send;
  receives_in_waits_ = used.deferred_task_work && !used.sqpoll;
  int code = ring_.open(std::max(options.queue_entries, 1U), used);
  if (code == 0) {
    code = buffers_.open(ring_.raw(), buffers, std::max(options.receive_buffer_bytes, 1U));
  }
  if (code == 0) {
    if (auto added = add_extras(used); !added) return added;
    code = ring_.enable(used);
  }
  if (code != 0) {
    return error{-code, (used.sqpoll ? "sqpoll: " : "") + why_no_uring(-code, look_around())};
  }
  event_.reset(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!event_) return system_error(errno, "eventfd");
  arm_wake();
  now_ = read_clock();
  return {};
}

result<void> uring_driver::add_extras(const uring_features& used) {
  const auto refused = [](int code, const feature_needs& needs) {
    return error{-code, why_no_feature(needs, -code, look_around())};
  };
  if (used.zero_copy_send) zero_copy_.open();
  if (used.registered_files) {
    const int code = sockets_.open(ring_.raw());
    if (code != 0) return refused(code, {"registered-files", "6.14"});
  }
  if (used.napi_busy_poll) {
    const int code = register_busy_poll(ring_.raw());
    if (code != 0) return refused(code, {"napi-busy-poll", "6.9, with CONFIG_NET_RX_BUSY_POLL,"});
  }
  return {};
}

void uring_driver::arm_wake() noexcept {
  // Edge-triggered: each write(2) to the descriptor completes once, and nobody has to read it.
  io_uring_sqe& entry = ring_.next_entry();
  io_uring_prep_poll_multishot(&entry, event_.get(), POLLIN);
  entry.user_data = make_token(request::wake);
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
    arm(op, parked_.empty() ? multishot_receive_ : 0);
  }
}

void uring_driver::enter(monotonic_time until) noexcept {
  for (;;) {
    // What is left over from the last turn needs no system call, unless there is something to
    // submit. Files do need one: those that go on from turn to turn must not shut out the others.
    const bool backlog = has_backlog();
    if (backlog && files_.empty() && ring_.queued() == 0 && !ring_.overflowed()) return;
    // A send that leaves in full completes nothing that would end a wait. Nor do receives that have
    // got a buffer's chance just now, if nothing has come for them: the next in line have theirs in
    // the next turn.
    const bool more_to_unpark = !parked_.empty() && buffers_.available() > 0;
    const bool polls = backlog || more_to_unpark || !submitted_.empty() || until <= now_;
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
      case request::receive:
        note_received(static_cast<receive_op&>(*op), c);
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

// Its bytes have left the socket. Who takes the connection over before they are delivered gets them
// along, if they are all that has come; else nobody takes it before all is told.
void uring_driver::note_received(receive_op& op, const completion& c) noexcept {
  if (op.offer == nullptr) return;
  const bool simple = c.result > 0 && (c.flags & IORING_CQE_F_MORE) != 0;
  if (++op.offer->untold != 1 || !simple) return static_cast<void>(op.take_back());
  op.offer->set_early(
      buffers_.bytes(c.flags >> IORING_CQE_BUFFER_SHIFT, static_cast<unsigned>(c.result)));
}

void uring_driver::deliver() noexcept {
  unsigned left = outcomes_per_turn - deliver_files(outcomes_per_turn / 4);
  left -= deliver_sent(left / 2);
  for (; left > 0 && !dropped_.empty(); --left) finish(*dropped_.pop(), -ECANCELED);
  for (; left > 0 && ring_.head() != scanned_; --left) dispatch(ring_.pop());
  deliver_sent(left);
}

unsigned uring_driver::deliver_sent(unsigned most) noexcept {
  unsigned told = 0;
  for (; told < most && !sent_.empty(); ++told) {
    auto& op = static_cast<send_op&>(*sent_.pop());
    finish(op, static_cast<int>(op.bytes.size()));
  }
  return told;
}

// Each makes a step: what they queue anew has its turn later.
unsigned uring_driver::deliver_files(unsigned most) noexcept {
  operation_queue round;
  round.append(files_);
  unsigned steps = 0;
  for (; steps < most && !round.empty(); ++steps) {
    on_file_turn(static_cast<send_file_op&>(*round.pop()));
  }
  round.append(files_);
  files_.append(round);
  return steps;
}

void uring_driver::dispatch(const completion& c) noexcept {
  operation* op = operation_of(c.token);
  const request what = request_of(c.token);
  if ((c.flags & IORING_CQE_F_NOTIF) != 0) return on_bytes_back(static_cast<send_op&>(*op));
  if (op != nullptr && what != request::cancel && (c.flags & IORING_CQE_F_MORE) == 0) {
    clear(*op, armed);
  }
  switch (what) {
    case request::accept:
      return on_accept(static_cast<accept_op&>(*op), c);
    case request::receive:
      return on_receive(static_cast<receive_op&>(*op), c);
    case request::send_rest:
      if (op->what() == operation::kind::send_file) {
        return on_room(static_cast<send_file_op&>(*op), c);
      }
      [[fallthrough]];
    case request::send_now:
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

}  // namespace shoal::io::uring

namespace shoal::io {

result<std::unique_ptr<driver>> open_uring_driver(const driver_options& options) {
  auto opened = std::make_unique<uring::uring_driver>();
  if (auto done = opened->open(options); !done) return done.error();
  return std::unique_ptr<driver>(std::move(opened));
}

}  // namespace shoal::io
