// Completions played on readiness, for as few system calls as can be: one epoll_wait a turn, and
// one recv and one send for a request.
//
// - Connections are watched edge-triggered for everything, once, for their whole life. So receives
//   that end, are cancelled or wait for a buffer cost no epoll_ctl, and the kernel does not look at
//   a socket again on the next wait as it does for level-triggered ones. In return the driver must
//   remember what an edge told it: descriptor_state::readable.
// - A short read means that the socket is empty: what comes later makes a new edge. Only after a
//   peer's end or an error was announced is there more to read without one, and that edge says so.
// - A send is tried when it is started, while its bytes are in the cache and the peer waits. Its
//   outcome waits for the next turn, whose wait() makes no system call for it.
// - A listener is level-triggered instead, and accepts once for each time it is reported, twice if
//   it is reported again at once, then four times: the EAGAIN that ends an edge would double
//   the cost of every connection that arrives alone. At once is in the next round, not the next
//   look: among more connections than one look can report it comes round in a later one.
#include "io/epoll/epoll_driver.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <chrono>
#include <climits>
#include <ctime>
#include <span>
#include <utility>

#include "base/check.h"
#include "base/descriptor.h"
#include "io/accept_error.h"
#include "io/epoll/buffer_pool.h"
#include "io/epoll/descriptor_table.h"
#include "io/epoll/operation_queue.h"
#include "io/epoll/wakeup.h"
#include "io/kernel_socket.h"
#include "io/send_file.h"
#include "io/tell_last.h"
#include "socket_calls.h"  // of x86_64/ or of libc/

namespace shoal::io {
namespace {

constexpr int reads_a_turn = 16;              // of one socket, before others get theirs
constexpr std::uint8_t accept_doublings = 6;  // at most 64 connections a turn

constexpr nanoseconds forever = nanoseconds::max();

constexpr std::uint32_t connection_events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
// EPOLLEXCLUSIVE: of several workers that share a listener, not all wake for each connection.
constexpr std::uint32_t listener_events = EPOLLIN | EPOLLEXCLUSIVE;

/// Settled for this turn alone: its share of bytes has left, and there are more.
bool goes_on(const operation& op) noexcept {
  return op.what() == operation::kind::send_file && op.index_ == EINPROGRESS;
}

/// What a settled operation is told.
int settled_value(const operation& op) noexcept {
  const bool done = op.index_ == 0;
  if (done && op.what() == operation::kind::send) {
    return static_cast<int>(static_cast<const send_op&>(op).bytes.size());
  }
  if (done && op.what() == operation::kind::send_file) {
    return static_cast<int>(static_cast<const send_file_op&>(op).progress_);
  }
  return -static_cast<int>(op.index_);
}

class epoll_driver final : public driver {
 public:
  epoll_driver(descriptor epoll, descriptor event, unsigned events) noexcept
      : epoll_(std::move(epoll)),
        wakeup_(std::move(event)),
        events_(std::make_unique<epoll_event[]>(events)),
        capacity_(static_cast<int>(events)),
        now_(read_clock()) {}

  /// 0 or an errno.
  [[nodiscard]] int prepare(const driver_options&) noexcept;

  [[nodiscard]] std::string_view name() const noexcept override { return "epoll"; }
  [[nodiscard]] int fresh_socket(int family) noexcept override;
  [[nodiscard]] int listen(socket_address& where, int backlog) noexcept override;
  void start(accept_op&) noexcept override;
  void start(receive_op&) noexcept override;
  void start(send_op&) noexcept override;
  void start(connect_op&) noexcept override;
  void start(send_file_op&) noexcept override;
  void cancel(operation&) noexcept override;
  void shutdown_send(int socket) noexcept override;
  void close(int socket) noexcept override;
  void release(int socket) noexcept override;
  void wait(monotonic_time until) noexcept override;
  void deliver() noexcept override;
  void wake() const noexcept override { wakeup_.wake(); }
  [[nodiscard]] monotonic_time now() const noexcept override { return now_; }
  [[nodiscard]] socket_facts facts(int socket) const noexcept override {
    return read_socket_facts(socket);
  }
  [[nodiscard]] const driver_counters& counters() const noexcept override { return counters_; }
  [[nodiscard]] std::span<const std::byte> receive_memory() const noexcept override {
    return buffers_.memory();
  }

 private:
  [[nodiscard]] bool begin(operation&) noexcept;
  void settle(operation&, int error) noexcept;
  [[nodiscard]] int watch(int fd, std::uint32_t events) noexcept;
  void unwatch(int fd) noexcept;

  [[nodiscard]] bool work_waits() const noexcept {
    return !settled_.empty() || (waiting_ != 0 && !buffers_.empty());
  }
  [[nodiscard]] int poll() noexcept;
  [[nodiscard]] int sleep(monotonic_time until) noexcept;
  [[nodiscard]] int ask_until(monotonic_time until, monotonic_time now) noexcept;
  [[nodiscard]] int ask(nanoseconds timeout) noexcept;
  [[nodiscard]] int ask_coarsely(nanoseconds timeout) noexcept;

  void deliver_settled() noexcept;
  void on_event(const epoll_event&) noexcept;
  void go_on_output(int fd) noexcept;
  void accept_some(int fd) noexcept;
  void receive_some(int fd) noexcept;
  void enlist(int fd) noexcept;
  void serve_waiting() noexcept;

  /// Both: 0 or bytes once done, `stuck` if the socket is not ready, else a negated errno.
  [[nodiscard]] int try_send(send_op&) noexcept;
  [[nodiscard]] int try_connect(const connect_op&) noexcept;
  static constexpr int stuck = -EAGAIN;
  void go_on(send_file_op&) noexcept;

  template <typename Op, typename... Rest>
  void end(Op& op, void (Op::*told)(outcome, Rest...), int value) noexcept {
    op.in_flight_ = false;
    ++counters_.completions;
    (op.*told)(outcome{value, false}, Rest{}...);
  }

  descriptor epoll_;
  mutable wakeup wakeup_;
  std::unique_ptr<epoll_event[]> events_;
  int capacity_;
  int found_ = 0;             // events that wait() found and deliver() has not seen
  bool precise_ = false;      // the kernel has epoll_pwait2 and lets us call it
  bool went_past_ = false;    // the last wait() did not look into the kernel
  std::uint16_t rounds_ = 0;  // looks that have reported all that was ready
  monotonic_time now_;

  descriptor_table states_;
  buffer_pool buffers_;
  operation_queue settled_;  // ended, and to be told in the next deliver(); or a file that goes on

  // Receives whose socket has bytes but whose turn has not come: no buffer was free, or they have
  // had their share. A list of descriptors, first in, first out.
  int first_waiting_ = -1;
  int last_waiting_ = -1;
  int waiting_ = 0;

  driver_counters counters_;
};

int epoll_driver::prepare(const driver_options& options) noexcept {
  const unsigned buffers = std::bit_ceil(std::clamp(options.receive_buffers, 1U, 32768U));
  const unsigned bytes = std::bit_ceil(std::clamp(options.receive_buffer_bytes, 64U, 1U << 24));
  if (!states_.allocate() || !buffers_.allocate(buffers, bytes)) return ENOMEM;
  if (!states_.holds(wakeup_.event())) return EMFILE;
  const timespec none{};
  precise_ = wait_events(epoll_.get(), {events_.get(), 1}, &none) == 0;
  return watch(wakeup_.event(), EPOLLIN | EPOLLET);
}

// --- starting and ending -----------------------------------------------------------------------

/// False if the number cannot be a socket of this driver; the operation has ended then.
bool epoll_driver::begin(operation& op) noexcept {
  SHOAL_DCHECK(!op.in_flight_);
  op.in_flight_ = true;
  ++counters_.submissions;
  if (states_.holds(op.socket)) return true;
  settle(op, op.socket < 0 ? EBADF : EMFILE);
  return false;
}

/// Ends an operation that nothing points to; deliver() tells it. error 0: what it wanted is done.
void epoll_driver::settle(operation& op, int error) noexcept {
  op.index_ = static_cast<std::uint16_t>(error);
  settled_.push(op);
}

int epoll_driver::watch(int fd, std::uint32_t events) noexcept {
  descriptor_state& d = states_[fd];
  if (d.watched) return 0;
  epoll_event event{};
  event.events = events;
  event.data.u64 = std::uint64_t{d.generation} << 32 | static_cast<std::uint32_t>(fd);
  ++counters_.system_calls;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return errno;
  d.watched = true;
  return 0;
}

void epoll_driver::unwatch(int fd) noexcept {
  ++counters_.system_calls;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  states_[fd].watched = false;
}

int epoll_driver::fresh_socket(int family) noexcept {
  ++counters_.system_calls;
  return open_kernel_socket(family);
}

int epoll_driver::listen(socket_address& where, int backlog) noexcept {
  const int listener = open_kernel_listener(where, backlog);
  if (states_.holds(listener)) states_.forget(listener);
  return listener;
}

void epoll_driver::start(accept_op& op) noexcept {
  if (!begin(op)) return;
  op.state_ = 0;
  op.index_ = rounds_;
  if (const int error = watch(op.socket, listener_events)) return settle(op, error);
  SHOAL_DCHECK(states_[op.socket].input == nullptr);
  states_[op.socket].input = &op;
}

void epoll_driver::start(receive_op& op) noexcept {
  if (!begin(op)) return;
  if (const int error = watch(op.socket, connection_events)) return settle(op, error);
  descriptor_state& d = states_[op.socket];
  SHOAL_DCHECK(d.input == nullptr);
  d.input = &op;
  if (d.readable) enlist(op.socket);
}

void epoll_driver::start(send_op& op) noexcept {
  if (!begin(op)) return;
  SHOAL_DCHECK(!op.bytes.empty() && states_[op.socket].output == nullptr);
  op.progress_ = 0;
  const int done = try_send(op);
  if (done != stuck) return settle(op, std::max(-done, 0));
  if (const int error = watch(op.socket, connection_events)) return settle(op, error);
  states_[op.socket].output = &op;
}

void epoll_driver::start(connect_op& op) noexcept {
  if (!begin(op)) return;
  states_.forget(op.socket);  // fresh, though another may have had the number
  const int done = try_connect(op);
  if (done != stuck) return settle(op, -done);
  if (const int error = watch(op.socket, connection_events)) return settle(op, error);
  states_[op.socket].output = &op;
}

void epoll_driver::start(send_file_op& op) noexcept {
  if (!begin(op)) return;
  SHOAL_DCHECK(op.count > 0 && states_[op.socket].output == nullptr);
  op.progress_ = 0;
  go_on(op);
}

void epoll_driver::cancel(operation& op) noexcept {
  if (!op.in_flight_ || !states_.holds(op.socket)) return;
  descriptor_state& d = states_[op.socket];
  if (d.input == &op) {
    d.input = nullptr;
    if (op.what() == operation::kind::accept) unwatch(op.socket);
  } else if (d.output == &op) {
    d.output = nullptr;
  } else if (goes_on(op)) {
    op.index_ = ECANCELED;
    return;
  } else {
    return;  // it has ended and will be told how
  }
  settle(op, ECANCELED);
}

void epoll_driver::shutdown_send(int socket) noexcept {
  ++counters_.system_calls;
  ::shutdown(socket, SHUT_WR);
}

void epoll_driver::close(int socket) noexcept {
  if (states_.holds(socket)) {
    SHOAL_DCHECK(states_[socket].input == nullptr && states_[socket].output == nullptr);
    states_.forget(socket);
  }
  ++counters_.system_calls;
  ::close(socket);
}

void epoll_driver::release(int socket) noexcept {
  if (!states_.holds(socket)) return;
  SHOAL_DCHECK(states_[socket].input == nullptr && states_[socket].output == nullptr);
  if (states_[socket].watched) unwatch(socket);
  states_.forget(socket);
}

// --- the turn ----------------------------------------------------------------------------------

void epoll_driver::wait(monotonic_time until) noexcept {
  ++counters_.waits;
  const bool work = work_waits() || found_ != 0;
  // What has ended already needs no look into the kernel, but every other turn has one: outcomes
  // that start operations which end at once must not shut out everybody else.
  if (work && !went_past_) {
    went_past_ = true;
  } else {
    went_past_ = false;
    if (found_ == 0) {
      found_ = work ? poll() : sleep(until);
      if (found_ < capacity_) ++rounds_;
    }
    if (found_ == capacity_) ++counters_.queue_overflows;
  }
  now_ = read_clock();
}

int epoll_driver::poll() noexcept {
  const int n = ask(nanoseconds::zero());
  if (wakeup_.was_woken()) ++counters_.wakes;
  return std::max(n, 0);
}

int epoll_driver::sleep(monotonic_time until) noexcept {
  const monotonic_time now = read_clock();
  if (until <= now || !wakeup_.fall_asleep()) return poll();
  const int n = ask_until(until, now);
  if (wakeup_.get_up()) ++counters_.wakes;
  return std::max(n, 0);
}

/// Goes on when it is interrupted: by a signal, or without one by the end of an io_uring instance
/// elsewhere in this process, whose leftovers the kernel hands to a thread as it would a signal.
int epoll_driver::ask_until(monotonic_time until, monotonic_time now) noexcept {
  for (;;) {
    const int n = ask(until == never ? forever : until - now);
    if (n != -EINTR) return n;
    now = read_clock();
    if (until <= now) return 0;
  }
}

/// Events, or a negated errno.
int epoll_driver::ask(nanoseconds timeout) noexcept {
  ++counters_.system_calls;
  if (!precise_) return ask_coarsely(timeout);
  const timespec wanted{.tv_sec = timeout.count() / 1'000'000'000,
                        .tv_nsec = timeout.count() % 1'000'000'000};
  const std::span<epoll_event> into(events_.get(), static_cast<std::size_t>(capacity_));
  return static_cast<int>(wait_events(epoll_.get(), into, timeout == forever ? nullptr : &wanted));
}

int epoll_driver::ask_coarsely(nanoseconds timeout) noexcept {
  using std::chrono::milliseconds;
  const auto whole = std::min(std::chrono::ceil<milliseconds>(timeout), milliseconds(INT_MAX));
  const int ms = timeout == forever ? -1 : static_cast<int>(whole.count());
  const int n = ::epoll_wait(epoll_.get(), events_.get(), capacity_, ms);
  return n < 0 ? -errno : n;
}

void epoll_driver::deliver() noexcept {
  deliver_settled();
  for (int i = 0; i < found_; ++i) on_event(events_[i]);
  found_ = 0;
  serve_waiting();
}

void epoll_driver::deliver_settled() noexcept {
  for (operation* next = settled_.take(); next != nullptr;) {
    operation* op = std::exchange(next, next->next_);  // which it may not survive
    if (goes_on(*op)) {
      go_on(static_cast<send_file_op&>(*op));
      continue;
    }
    ++counters_.completions;
    tell_last(*op, settled_value(*op));
  }
}

void epoll_driver::on_event(const epoll_event& event) noexcept {
  const int fd = static_cast<int>(event.data.u64 & 0xffffffffU);
  const auto generation = static_cast<std::uint32_t>(event.data.u64 >> 32);
  descriptor_state& d = states_[fd];
  if (d.generation != generation) return;  // closed earlier in this turn, or a duplicate lives on
  constexpr std::uint32_t over = EPOLLERR | EPOLLHUP;
  if (d.output != nullptr && (event.events & (EPOLLOUT | over)) != 0) {
    go_on_output(fd);
    if (d.generation != generation) return;
  }
  if ((event.events & (EPOLLIN | EPOLLRDHUP | over)) == 0) return;
  d.readable = true;
  if ((event.events & (EPOLLRDHUP | over)) != 0) d.ended = true;
  if (d.input == nullptr) return;
  if (d.input->what() == operation::kind::accept) return accept_some(fd);
  // Nobody overtakes a receive that waits.
  return waiting_ == 0 ? receive_some(fd) : enlist(fd);
}

// --- sending and connecting --------------------------------------------------------------------

int epoll_driver::try_send(send_op& op) noexcept {
  ++counters_.system_calls;
  const long n = send_bytes(op.socket, op.bytes.subspan(op.progress_), op.more_follows);
  if (n < 0) return static_cast<int>(n);
  op.progress_ += static_cast<std::uint32_t>(n);
  return op.progress_ == op.bytes.size() ? static_cast<int>(op.progress_) : stuck;
}

/// Sends what the socket takes. Whatever comes of it is seen to in a later deliver().
void epoll_driver::go_on(send_file_op& op) noexcept {
  const int done = send_file_step(op, counters_.system_calls);
  if (done != stuck) return settle(op, -done);
  if (const int error = watch(op.socket, connection_events)) return settle(op, error);
  states_[op.socket].output = &op;
}

/// Asking again is how to learn what has become of it: 0 once, EALREADY while it lasts.
int epoll_driver::try_connect(const connect_op& op) noexcept {
  ++counters_.system_calls;
  const auto* to = reinterpret_cast<const sockaddr*>(&op.address);
  if (::connect(op.socket, to, op.address_bytes) == 0 || errno == EISCONN) return 0;
  return errno == EINPROGRESS || errno == EALREADY ? stuck : -errno;
}

void epoll_driver::go_on_output(int fd) noexcept {
  operation& op = *states_[fd].output;
  if (op.what() == operation::kind::send_file) {
    states_[fd].output = nullptr;
    return go_on(static_cast<send_file_op&>(op));
  }
  const bool sends = op.what() == operation::kind::send;
  const int done =
      sends ? try_send(static_cast<send_op&>(op)) : try_connect(static_cast<connect_op&>(op));
  if (done == stuck) return;
  states_[fd].output = nullptr;
  if (sends) return end(static_cast<send_op&>(op), &send_op::sent, done);
  end(static_cast<connect_op&>(op), &connect_op::connected, done);
}

// --- accepting ---------------------------------------------------------------------------------

void epoll_driver::accept_some(int fd) noexcept {
  descriptor_state& d = states_[fd];
  auto& op = static_cast<accept_op&>(*d.input);
  const bool again = static_cast<std::uint16_t>(rounds_ - op.index_) <= 1;
  op.state_ = again ? std::min<std::uint8_t>(op.state_ + 1, accept_doublings) : 0;
  for (int i = 0; i < 1 << op.state_; ++i) {
    ++counters_.system_calls;
    const int socket = ::accept4(fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket >= 0) {
      if (states_.holds(socket)) states_.forget(socket);
      ++counters_.completions;
      op.accepted({socket, true});
      if (d.input != &op) return;
    } else if (errno == EAGAIN) {
      return;
    } else if (!concerns_one_connection(errno)) {
      const int error = errno;
      d.input = nullptr;
      unwatch(fd);
      return end(op, &accept_op::accepted, -error);
    }
  }
  op.index_ = rounds_;
}

// --- receiving ---------------------------------------------------------------------------------

void epoll_driver::receive_some(int fd) noexcept {
  descriptor_state& d = states_[fd];
  auto& op = static_cast<receive_op&>(*d.input);
  for (int i = 0; i < reads_a_turn && !buffers_.empty(); ++i) {
    // False: its bytes are for who has taken it. Each time, since what was told of the last bytes
    // may have put it on offer again.
    if (!op.take_back()) return;
    const std::uint32_t buffer = buffers_.take();
    const std::span<std::byte> into = buffers_.bytes(buffer);
    ++counters_.system_calls;
    const long n = receive_bytes(fd, into);
    if (n <= 0) {
      buffers_.give_back(buffer);
      if (n == -EAGAIN) {
        d.readable = false;
        return;
      }
      d.input = nullptr;  // still readable: whoever asks again is told again
      return end(op, &receive_op::received, static_cast<int>(n));
    }
    const auto size = static_cast<std::size_t>(n);
    const bool more = size == into.size() || d.ended;
    d.readable = more;
    ++counters_.completions;
    op.received({static_cast<int>(n), true}, lease(buffers_, buffer, into.first(size)));
    if (!more || d.input != &op) return;
    if (waiting_ != 0) break;  // others want buffers too: one each
  }
  enlist(fd);
}

void epoll_driver::enlist(int fd) noexcept {
  descriptor_state& d = states_[fd];
  if (std::exchange(d.listed, true)) return;
  if (buffers_.empty()) ++counters_.buffers_exhausted;
  d.next = -1;
  (waiting_++ == 0 ? first_waiting_ : states_[last_waiting_].next) = fd;
  last_waiting_ = fd;
}

/// Goes once round at most, so that a turn ends.
void epoll_driver::serve_waiting() noexcept {
  for (int left = waiting_; left > 0 && !buffers_.empty(); --left) {
    const int fd = first_waiting_;
    descriptor_state& d = states_[fd];
    first_waiting_ = d.next;
    --waiting_;
    d.listed = false;
    // It may have been cancelled, or closed and be another's, since it was listed.
    if (!d.readable || d.input == nullptr || d.input->what() != operation::kind::receive) continue;
    receive_some(fd);
  }
}

}  // namespace

result<std::unique_ptr<driver>> open_epoll_driver(const driver_options& options) {
  descriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.open()) return system_error(errno, "cannot open an epoll set");
  descriptor event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event.open()) return system_error(errno, "cannot open an eventfd to wake the epoll set");
  const unsigned events = std::bit_ceil(std::clamp(options.queue_entries, 1U, 512U));
  auto opened = std::make_unique<epoll_driver>(std::move(epoll), std::move(event), events);
  if (const int error = opened->prepare(options)) {
    return system_error(error, "cannot prepare the epoll driver");
  }
  return std::unique_ptr<driver>(std::move(opened));
}

}  // namespace shoal::io
