#include "load/connection.h"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace shoal::load {

connection::connection(crowd& shared)
    : crowd_(shared), scanner_(shared.check), asked_at_(shared.asked.pipeline) {}

connection::~connection() {
  if (socket_ >= 0) ::close(socket_);
}

void connection::open() {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) {
    ++crowd_.total.unopened;
    crowd_.resting.push_back(this);
    return;
  }
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  connect_op::socket = receive_op::socket = send_op::socket = socket_;
  std::memcpy(&address, &crowd_.asked.address, sizeof crowd_.asked.address);
  address_bytes = sizeof crowd_.asked.address;
  asked_ = answered_ = 0;
  leaving_ = rest_ = false;
  scanner_.clear();
  crowd_.driver.start(static_cast<io::connect_op&>(*this));
}

void connection::connected(io::outcome outcome) noexcept {
  if (!outcome.ok()) {
    ++(outcome.error() == ECONNREFUSED ? crowd_.total.refused : crowd_.total.unopened);
    return leave(true);
  }
  ++crowd_.total.opened;
  crowd_.driver.start(static_cast<io::receive_op&>(*this));
  if (crowd_.asked.rate > 0) return rest_if_idle();
  ask();
}

bool connection::done() const noexcept {
  if (crowd_.once) return answered_ != 0;
  return crowd_.asked.requests_each != 0 && answered_ == crowd_.asked.requests_each;
}

// Fills the pipeline, unless a send is under way: then sent() does.
void connection::ask() {
  if (send_op::in_flight() || leaving_) return;
  std::uint64_t room = crowd_.asked.pipeline - (asked_ - answered_);
  if (crowd_.asked.requests_each != 0) room = std::min(room, crowd_.asked.requests_each - asked_);
  if (crowd_.once) room = asked_ == 0 ? 1 : 0;
  if (room == 0) return;
  const monotonic_time now = crowd_.driver.now();
  for (std::uint64_t i = 0; i < room; ++i) asked_at_[(asked_ + i) % asked_at_.size()] = now;
  asked_ += room;
  bytes = crowd_.requests.first(room * crowd_.request_bytes);
  crowd_.driver.start(static_cast<io::send_op&>(*this));
}

void connection::ask_once(monotonic_time due) {
  asked_at_[asked_++ % asked_at_.size()] = due;
  bytes = crowd_.requests.first(crowd_.request_bytes);
  crowd_.driver.start(static_cast<io::send_op&>(*this));
}

void connection::rest_if_idle() {
  if (asked_ == answered_ && !send_op::in_flight()) crowd_.idle.push_back(this);
}

void connection::sent(io::outcome outcome) noexcept {
  if (leaving_) return close_if_idle();
  if (outcome.ok() && crowd_.asked.rate > 0) return rest_if_idle();
  if (outcome.ok()) ask();  // a failed send is followed by the receive's end
}

void connection::received(io::outcome outcome, io::lease lease) noexcept {
  if (leaving_) return close_if_idle();
  if (outcome.value <= 0) {
    if (asked_ == answered_ && outcome.value == 0) {
      ++crowd_.total.ended;
    } else {
      ++crowd_.total.broken;
      crowd_.total.lost += asked_ - answered_;
    }
    return leave(true);
  }
  const auto data = lease.bytes();
  crowd_.total.bytes += data.size();
  const scan found = scanner_.take({reinterpret_cast<const char*>(data.data()), data.size()});
  lease.release();
  answered(found.answers);
  if (found.fault != answer_fault::none) return answer_failed(found.fault);
  if (found.last) {
    ++crowd_.total.ended;
    return leave(false);
  }
  if (crowd_.asked.rate > 0 && !done()) {
    if (found.answers != 0) rest_if_idle();
    return;
  }
  if (!done()) return ask();
  if (!crowd_.once) leave(false);
}

void connection::answered(unsigned count) {
  const monotonic_time now = crowd_.driver.now();
  for (const std::uint64_t end = answered_ + count; answered_ < end; ++answered_) {
    const monotonic_time then = asked_at_[answered_ % asked_at_.size()];
    crowd_.latency.record(static_cast<std::uint64_t>((now - then).count()));
  }
  crowd_.total.answers += count;
  if (count != 0 && !counted_) {
    counted_ = true;
    ++crowd_.served;
  }
}

void connection::answer_failed(answer_fault fault) {
  tally& total = crowd_.total;
  ++(fault == answer_fault::status    ? total.bad_status
     : fault == answer_fault::framing ? total.bad_framing
                                      : total.bad_body);
  leave(true);
}

// Ends the connection; it opens anew at once, or rests first if something went wrong.
void connection::leave(bool rest) {
  leaving_ = true;
  rest_ = rest;
  std::erase(crowd_.idle, this);
  if (receive_op::in_flight()) crowd_.driver.cancel(static_cast<io::receive_op&>(*this));
  if (send_op::in_flight()) crowd_.driver.cancel(static_cast<io::send_op&>(*this));
  close_if_idle();
}

void connection::close_if_idle() {
  if (receive_op::in_flight() || send_op::in_flight()) return;
  crowd_.driver.close(socket_);
  socket_ = -1;
  if (!rest_) return open();
  if (!counted_) {
    counted_ = true;
    ++crowd_.served;
  }
  crowd_.resting.push_back(this);
}

}  // namespace shoal::load
