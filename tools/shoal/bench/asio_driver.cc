#include "bench/asio_driver.h"

#include <unistd.h>

#include <array>
#include <asio.hpp>
#include <cerrno>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/check.h"
#include "io/kernel_socket.h"
#include "io/tell_last.h"

namespace shoal::bench {
namespace {

using asio::ip::tcp;

constexpr std::size_t receive_bytes = 4096;  // as much as the other drivers' buffers hold

// operation::state_
constexpr std::uint8_t cancelled = 1;

constexpr unsigned most_handlers = 256;  // of a turn

/// What asio says, as a negated errno.
int code_of(const asio::error_code& failed) {
  return failed == asio::error::operation_aborted ? -ECANCELED : -failed.value();
}

/// What the driver has for one descriptor; its number may be another's later.
struct place {
  std::optional<tcp::socket> socket;
  std::optional<tcp::acceptor> acceptor;
  std::array<std::byte, receive_bytes> in;
  bool lent = false;        ///< somebody reads `in` still
  bool wants_more = false;  ///< and a receive waits for it
  io::receive_op* receiver = nullptr;
};

class asio_driver final : public io::driver, private io::lease_owner {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "asio"; }
  [[nodiscard]] int fresh_socket(int family) noexcept override {
    return io::open_kernel_socket(family);
  }
  [[nodiscard]] int listen(io::socket_address& where, int backlog) noexcept override;
  void start(io::accept_op& op) noexcept override;
  void start(io::receive_op& op) noexcept override;
  void start(io::send_op& op) noexcept override;
  void start(io::connect_op& op) noexcept override { refuse(op); }
  void start(io::send_file_op& op) noexcept override { refuse(op); }
  void cancel(io::operation& op) noexcept override;
  void shutdown_send(int socket) noexcept override;
  void close(int socket) noexcept override;
  void release(int) noexcept override {}
  void wait(monotonic_time until) noexcept override;
  void deliver() noexcept override;
  void wake() const noexcept override;
  [[nodiscard]] monotonic_time now() const noexcept override { return now_; }
  [[nodiscard]] io::socket_facts facts(int socket) const noexcept override {
    return io::read_socket_facts(socket);
  }
  [[nodiscard]] const io::driver_counters& counters() const noexcept override { return counters_; }

 private:
  /// What a handler of asio's has left for deliver(): `value` is what the operation is told, and
  /// for an accept a socket that has its place already.
  struct outcome {
    io::operation* op;
    int value;
  };

  [[nodiscard]] place& at(int fd);
  void begin(io::operation& op) noexcept;
  void refuse(io::operation& op) noexcept;
  void accept(io::accept_op& op);
  void receive(io::receive_op& op);
  void send(io::send_op& op);
  void give_back(std::uint32_t fd) noexcept override;
  void run_a_handler(monotonic_time until);
  void tell(const outcome& what) noexcept;
  void tell_accepted(io::accept_op& op, int socket) noexcept;
  void tell_received(io::receive_op& op, int bytes) noexcept;

  // One thread: asio then leaves out much of its locking.
  mutable asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> stays_ =
      asio::make_work_guard(context_);
  std::vector<std::unique_ptr<place>> places_;  // by descriptor
  std::vector<outcome> ended_;
  std::vector<outcome> told_;
  mutable io::driver_counters counters_;
  monotonic_time now_ = read_clock();
};

place& asio_driver::at(int fd) {
  const auto index = static_cast<std::size_t>(fd);
  if (places_.size() <= index) places_.resize(index + 1);
  if (places_[index] == nullptr) places_[index] = std::make_unique<place>();
  return *places_[index];
}

void asio_driver::begin(io::operation& op) noexcept {
  SHOAL_DCHECK(!op.in_flight_);
  op.in_flight_ = true;
  op.state_ = 0;
  ++counters_.submissions;
}

void asio_driver::refuse(io::operation& op) noexcept {
  begin(op);
  ended_.push_back({&op, -EOPNOTSUPP});
}

int asio_driver::listen(io::socket_address& where, int backlog) noexcept {
  return io::open_kernel_listener(where, backlog);
}

// Accepting

void asio_driver::start(io::accept_op& op) noexcept {
  begin(op);
  auto& acceptor = at(op.socket).acceptor;
  if (!acceptor) acceptor.emplace(context_, tcp::v4(), op.socket);
  accept(op);
}

void asio_driver::accept(io::accept_op& op) {
  at(op.socket).acceptor->async_accept([this, &op](asio::error_code failed, tcp::socket fresh) {
    if (failed) return static_cast<void>(ended_.push_back({&op, code_of(failed)}));
    const int fd = fresh.native_handle();
    at(fd).socket.emplace(std::move(fresh));
    ended_.push_back({&op, fd});
  });
}

void asio_driver::tell_accepted(io::accept_op& op, int socket) noexcept {
  if (socket == -ECONNABORTED) return accept(op);
  if (socket < 0) return io::tell_last(op, socket);
  op.accepted({socket, true});
  if (!op.in_flight_) return;
  if ((op.state_ & cancelled) != 0) return io::tell_last(op, -ECANCELED);
  accept(op);
}

// Receiving

void asio_driver::start(io::receive_op& op) noexcept {
  begin(op);
  receive(op);
}

void asio_driver::receive(io::receive_op& op) {
  place& here = at(op.socket);
  here.receiver = &op;
  here.wants_more = here.lent;
  if (here.lent) return;
  here.socket->async_read_some(asio::buffer(here.in),
                               [this, &op](asio::error_code failed, std::size_t bytes) {
                                 const int code = failed == asio::error::eof ? 0 : code_of(failed);
                                 ended_.push_back({&op, failed ? code : static_cast<int>(bytes)});
                               });
}

void asio_driver::give_back(std::uint32_t fd) noexcept {
  place& here = at(static_cast<int>(fd));
  here.lent = false;
  if (std::exchange(here.wants_more, false)) receive(*here.receiver);
}

void asio_driver::tell_received(io::receive_op& op, int bytes) noexcept {
  const bool was_cancelled = (op.state_ & cancelled) != 0;
  // A cancel of the send beside it ends this one, too.
  if (bytes == -ECANCELED && !was_cancelled) return receive(op);
  if (bytes <= 0) return io::tell_last(op, bytes);
  place& here = at(op.socket);
  here.lent = true;
  op.received({bytes, true}, io::lease(*this, static_cast<std::uint32_t>(op.socket),
                                       {here.in.data(), static_cast<std::size_t>(bytes)}));
  if (!op.in_flight_) return;
  if ((op.state_ & cancelled) != 0) return io::tell_last(op, -ECANCELED);
  receive(op);
}

// Sending

void asio_driver::start(io::send_op& op) noexcept {
  begin(op);
  op.progress_ = 0;
  send(op);
}

void asio_driver::send(io::send_op& op) {
  const auto rest = op.bytes.subspan(op.progress_);
  asio::async_write(*at(op.socket).socket, asio::buffer(rest.data(), rest.size()),
                    [this, &op](asio::error_code failed, std::size_t bytes) {
                      op.progress_ += static_cast<std::uint32_t>(bytes);
                      const bool go_on =
                          failed == asio::error::operation_aborted && (op.state_ & cancelled) == 0;
                      if (go_on) return send(op);
                      const int sent = static_cast<int>(op.progress_);
                      ended_.push_back({&op, failed ? code_of(failed) : sent});
                    });
}

// Ending

void asio_driver::cancel(io::operation& op) noexcept {
  if (!op.in_flight_ || (op.state_ & cancelled) != 0) return;
  op.state_ |= cancelled;
  place& here = at(op.socket);
  if (op.what() == io::operation::kind::receive && std::exchange(here.wants_more, false)) {
    return static_cast<void>(ended_.push_back({&op, -ECANCELED}));
  }
  asio::error_code ignored;
  if (op.what() == io::operation::kind::accept) {
    here.acceptor->cancel(ignored);
  } else if (here.socket) {
    here.socket->cancel(ignored);
  }
}

void asio_driver::shutdown_send(int socket) noexcept {
  asio::error_code ignored;
  at(socket).socket->shutdown(tcp::socket::shutdown_send, ignored);
}

void asio_driver::close(int socket) noexcept {
  place& here = at(socket);
  here.receiver = nullptr;
  if (here.socket) return here.socket.reset();
  if (here.acceptor) return here.acceptor.reset();
  ::close(socket);
}

// The turn

void asio_driver::wait(monotonic_time until) noexcept {
  ++counters_.waits;
  if (ended_.empty()) run_a_handler(until);
  now_ = read_clock();
}

void asio_driver::run_a_handler(monotonic_time until) {
  if (until == never) {
    context_.run_one();
  } else if (until <= now_) {
    context_.poll_one();
  } else {
    context_.run_one_until(until);
  }
  // What else has ended is told in the same turn, as by our own drivers.
  for (unsigned i = 1; i < most_handlers && context_.poll_one() != 0; ++i) {
  }
}

void asio_driver::deliver() noexcept {
  std::swap(ended_, told_);
  for (const outcome& each : told_) tell(each);
  told_.clear();
}

void asio_driver::tell(const outcome& what) noexcept {
  ++counters_.completions;
  switch (what.op->what()) {
    case io::operation::kind::accept:
      return tell_accepted(static_cast<io::accept_op&>(*what.op), what.value);
    case io::operation::kind::receive:
      return tell_received(static_cast<io::receive_op&>(*what.op), what.value);
    case io::operation::kind::send:
    case io::operation::kind::connect:
    case io::operation::kind::send_file:
      return io::tell_last(*what.op, what.value);
  }
}

void asio_driver::wake() const noexcept {
  asio::post(context_, [this] { ++counters_.wakes; });
}

}  // namespace

result<std::unique_ptr<io::driver>> open_asio_driver() try {
  return std::unique_ptr<io::driver>(std::make_unique<asio_driver>());
} catch (const std::system_error& refused) {
  return error{refused.code().value(),
               std::string("cannot open asio's io_context: ") + refused.what()};
}

}  // namespace shoal::bench
