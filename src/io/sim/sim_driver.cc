#include "io/sim/sim_driver.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

#include "base/check.h"
#include "io/sim/address.h"
#include "io/tell_last.h"

namespace shoal::io::sim {
namespace {

// A turn with outcomes takes time, or a loop that always has some would hold up the clock, and with
// it all that comes later.
constexpr nanoseconds least_turn_time = std::chrono::microseconds{1};

// Of a file in one step, as large as a perfect network's window.
constexpr std::size_t most_file_bytes = 65'536;

std::size_t index_of(operation::kind kind) noexcept { return static_cast<std::size_t>(kind); }

bool has(const operation& op, std::uint8_t flag) noexcept { return (op.state_ & flag) != 0; }

void clear(operation& op, std::uint8_t flag) noexcept {
  op.state_ = static_cast<std::uint8_t>(op.state_ & ~flag);
}

std::uint64_t name_of(const operation& op) noexcept {
  return static_cast<std::uint64_t>(op.socket) << 8 | index_of(op.what());
}

}  // namespace

sim_driver::sim_driver(network& net, const driver_options& options)
    : net_(net),
      most_outcomes_(std::max(options.queue_entries, 1U)),
      buffers_(std::max(options.receive_buffers, 1U), std::max(options.receive_buffer_bytes, 1U)) {}

sim_driver::~sim_driver() {
  for (socket& s : net_.sockets()) s.waiting.fill(nullptr);
  net_.ready.clear();
}

int sim_driver::fresh_socket(int) noexcept {
  return net_.descriptors_left() ? net_.open_socket(nullptr).number : -EMFILE;
}

int sim_driver::listen(socket_address& where, int backlog) noexcept {
  if (!net_.descriptors_left()) return -EMFILE;
  const socket& s = net_.open_listener(static_cast<std::size_t>(std::max(backlog, 0)));
  where = {address_of({place::kind::listener, s.number}), sizeof(sockaddr_in)};
  return s.number;
}

void sim_driver::begin(operation& op) noexcept {
  SHOAL_CHECK(!op.in_flight_);
  op.in_flight_ = true;
  op.state_ = 0;
  if (++counters_.submissions == failing_start_) op.state_ = state::failing;
  net_.trace(network::traced::start, name_of(op), 0);
  if (net_.find(op.socket) == nullptr) {
    op.state_ = state::queued;
    net_.ready.push_back(&op);
    return;
  }
  operation*& slot = net_.at(op.socket).waiting[index_of(op.what())];
  SHOAL_CHECK(slot == nullptr);  // one of a kind at a time
  slot = &op;
  net_.make_ready_if_able(op);
}

void sim_driver::start(send_op& op) noexcept {
  SHOAL_CHECK(!op.bytes.empty());
  op.progress_ = 0;
  begin(op);
}

void sim_driver::start(connect_op& op) noexcept {
  socket& s = net_.at(op.socket);
  SHOAL_CHECK(s.end == nullptr && !s.listening);
  endpoint& client = net_.open_pair(net_.draw_window());
  s.end = &client;
  client.watch = &s;
  const place to = place_of(op.address);
  socket* const listener = net_.listener_at(to.socket);
  if (listener != nullptr) {
    net_.connect(client, *listener);
  } else if (to.what != place::kind::silent) {
    net_.refuse(client);
  }
  begin(op);
}

void sim_driver::start(send_file_op& op) noexcept {
  SHOAL_CHECK(op.count > 0);
  op.progress_ = 0;
  begin(op);
}

void sim_driver::cancel(operation& op) noexcept {
  if (!op.in_flight_) return;
  net_.trace(network::traced::cancel, name_of(op), 0);
  if (has(op, state::starved)) {
    clear(op, state::starved);
    std::erase(starved_, &op);
  }
  op.state_ |= state::cancelled;
  if (!has(op, state::queued)) net_.make_ready_if_able(op);
}

void sim_driver::shutdown_send(int number) noexcept {
  net_.trace(network::traced::shutdown, static_cast<std::uint64_t>(number), 0);
  socket& s = net_.at(number);
  if (s.end == nullptr) return;
  net_.finish(*s.end);
  s.changed();
}

socket_facts sim_driver::facts(int number) const noexcept {
  socket_facts known;
  const endpoint* const end = net_.at(number).end;
  if (end == nullptr) return known;
  known.peer = address_of({place::kind::listener, static_cast<int>(end->other->id)});
  known.acknowledged = end->other->taken;
  return known;
}

void sim_driver::close(int number) noexcept { net_.close(net_.at(number)); }

void sim_driver::wait(monotonic_time until) noexcept {
  ++counters_.waits;
  idle_ = false;
  bool woken = false;
  net_.advance_to(net_.now() + (busy_ ? least_turn_time : nanoseconds{0}) + draw_turn_time());
  for (;;) {
    net_.run_events();
    promise_buffers();
    // Acquire: pairs with wake()'s release, so that what was written before it is seen.
    woken = woken_.exchange(false, std::memory_order_acquire);
    if (woken || !net_.ready.empty() || until <= net_.now()) break;
    const monotonic_time next = std::min(net_.next_event(), until);
    if (next == never) {
      idle_ = true;
      break;
    }
    // Only another thread could still do something before `until`: let it.
    if (next == until) std::this_thread::yield();
    net_.advance_to(next);
  }
  counters_.wakes += woken ? 1 : 0;
  batch_.insert(batch_.end(), net_.ready.begin(), net_.ready.end());
  net_.ready.clear();
}

nanoseconds sim_driver::draw_turn_time() noexcept {
  const nanoseconds most = net_.settings().turn_time;
  if (most <= nanoseconds{0}) return nanoseconds{0};
  return nanoseconds{net_.random().below(static_cast<std::uint64_t>(most.count()))};
}

void sim_driver::promise_buffers() {
  // Ahead of all others, so that nobody who came later takes what returned.
  auto ahead = net_.ready.begin();
  for (std::size_t n = buffers_.available(); n > 0 && !starved_.empty(); --n) {
    operation& op = *starved_.front();
    starved_.pop_front();
    clear(op, state::starved);
    op.state_ |= state::queued | state::promised;
    ahead = net_.ready.insert(ahead, &op) + 1;
  }
}

void sim_driver::deliver() noexcept {
  busy_ = !batch_.empty();
  if (net_.chance(net_.settings().disorder))
    for (std::size_t i = batch_.size(); i > 1; --i)
      std::swap(batch_[i - 1], batch_[net_.random().below(i)]);
  counters_.queue_overflows += batch_.size() > most_outcomes_ ? 1 : 0;
  for (std::size_t i = 0; i < batch_.size(); ++i) {
    operation& op = *batch_[i];
    if (i >= most_outcomes_ || net_.chance(net_.settings().put_off)) {
      net_.ready.push_back(&op);
      continue;
    }
    clear(op, state::queued);
    if (socket* const s = net_.find(op.socket); s != nullptr) {
      step(op, *s);
    } else {
      end(op, -EBADF);
    }
  }
  batch_.clear();
}

void sim_driver::wake() const noexcept {
  woken_.store(true, std::memory_order_release);  // pairs with wait()'s acquire
}

void sim_driver::fail_start(std::uint64_t count, int error) noexcept {
  failing_start_ = counters_.submissions + count;
  failing_error_ = error;
}

// Each step makes at most one outcome, and queues its operation again before it calls out: what is
// called may do anything, also end the operation's owner after a last outcome.

void sim_driver::step(operation& op, socket& s) {
  if (has(op, state::failing)) return end(op, -failing_error_);
  switch (op.what()) {
    case operation::kind::accept:
      return step_accept(static_cast<accept_op&>(op), s);
    case operation::kind::receive:
      return step_receive(static_cast<receive_op&>(op), s);
    case operation::kind::send:
      return step_send(static_cast<send_op&>(op), s);
    case operation::kind::connect:
      return step_connect(static_cast<connect_op&>(op), s);
    case operation::kind::send_file:
      return step_send_file(static_cast<send_file_op&>(op), s);
  }
}

void sim_driver::step_accept(accept_op& op, socket& s) {
  if (ends_cancelled(op, !s.queue.empty())) return end(op, -ECANCELED);
  if (!s.listening) return end(op, -EINVAL);
  if (s.queue.empty()) return;
  if (!net_.descriptors_left() || net_.chance(net_.settings().emfile)) return end(op, -EMFILE);
  endpoint& accepted = *s.queue.front();
  s.queue.erase(s.queue.begin());
  const int number = net_.open_socket(&accepted).number;
  net_.make_ready_if_able(op);
  ++counters_.completions;
  net_.trace(network::traced::outcome, name_of(op), static_cast<std::uint64_t>(number));
  op.accepted({.value = number, .more = true});
}

void sim_driver::step_receive(receive_op& op, socket& s) {
  if (!op.take_back() && !has(op, state::cancelled)) return;
  endpoint* const from = s.end;
  const bool promised = has(op, state::promised);
  clear(op, state::promised);
  if (from == nullptr) return end(op, has(op, state::cancelled) ? -ECANCELED : -ENOTCONN);
  if (ends_cancelled(op, from->arrived > 0)) return end(op, -ECANCELED);
  if (from->arrived == 0) {
    if (from->reset) return end(op, -ECONNRESET);
    if (from->fin_arrived) return end(op, 0);
    return;
  }
  if (buffers_.available() == 0 || (!promised && !starved_.empty()) ||
      net_.chance(net_.settings().no_buffer))
    return starve(op);

  std::size_t count = std::min(from->arrived, buffers_.buffer_bytes());
  if (net_.chance(net_.settings().short_read)) count = net_.some_of(count);
  lease bytes = buffers_.fill(from->inbox.front(count));
  net_.read(*from, count);
  net_.make_ready_if_able(op);
  ++counters_.completions;
  net_.trace(network::traced::outcome, name_of(op), count);
  op.received({.value = static_cast<std::int32_t>(count), .more = true}, std::move(bytes));
}

void sim_driver::starve(receive_op& op) {
  ++counters_.buffers_exhausted;
  if (has(op, state::cancelled)) {  // its bytes can stay where they are
    net_.make_ready_if_able(op);
    return;
  }
  op.state_ |= state::starved;
  starved_.push_back(&op);
}

void sim_driver::step_send(send_op& op, socket& s) {
  if (const int code = cannot_send(op, s.end); code != 0) return end(op, code);
  const auto rest = op.bytes.subspan(op.progress_);
  const std::size_t count = fitting(rest.size(), *s.end);
  op.progress_ += static_cast<std::uint32_t>(net_.write(*s.end, rest.first(count)));
  if (op.progress_ == op.bytes.size()) return end(op, static_cast<int>(op.bytes.size()));
  net_.make_ready_if_able(op);
}

void sim_driver::step_send_file(send_file_op& op, socket& s) {
  if (const int code = cannot_send(op, s.end); code != 0) return end(op, code);
  file_bytes_.resize(
      fitting(std::min<std::size_t>(op.count - op.progress_, most_file_bytes), *s.end));
  const ssize_t n = ::pread(op.file, file_bytes_.data(), file_bytes_.size(),
                            static_cast<off_t>(op.offset + op.progress_));
  if (n < 0) return end(op, -errno);
  const bool file_ended = n == 0 && !file_bytes_.empty();
  const auto read = std::span(file_bytes_).first(static_cast<std::size_t>(n));
  op.progress_ += static_cast<std::uint32_t>(net_.write(*s.end, read));
  if (file_ended || op.progress_ == op.count) return end(op, static_cast<int>(op.progress_));
  net_.make_ready_if_able(op);
}

int sim_driver::cannot_send(const operation& op, const endpoint* to) {
  if (to == nullptr || !to->established) return -ENOTCONN;
  if (ends_cancelled(op, to->room() > 0)) return -ECANCELED;
  if (to->reset) return -ECONNRESET;
  return to->fin_sent ? -EPIPE : 0;
}

std::size_t sim_driver::fitting(std::size_t bytes, const endpoint& to) {
  const std::size_t count = std::min(bytes, to.room());
  return count > 0 && net_.chance(net_.settings().short_send) ? net_.some_of(count) : count;
}

void sim_driver::step_connect(connect_op& op, socket& s) {
  const endpoint& client = *s.end;
  if (ends_cancelled(op, client.established || client.refused)) return end(op, -ECANCELED);
  if (client.refused) return end(op, -ECONNREFUSED);
  if (client.reset) return end(op, -ECONNRESET);
  if (client.established) return end(op, 0);
}

/// A cancelled operation may still do what it can do already.
bool sim_driver::ends_cancelled(const operation& op, bool has_happened) {
  return has(op, state::cancelled) && !(has_happened && net_.chance(net_.settings().cancel_race));
}

void sim_driver::end(operation& op, int value) {
  if (socket* const s = net_.find(op.socket); s != nullptr)
    s->waiting[index_of(op.what())] = nullptr;
  op.state_ = 0;
  ++counters_.completions;
  net_.trace(network::traced::outcome, name_of(op), static_cast<std::uint64_t>(value));
  tell_last(op, value);
}

}  // namespace shoal::io::sim
