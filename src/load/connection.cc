#include "load/connection.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <string_view>

namespace shoal::load {

connection::connection(crowd& shared, std::size_t place)
    : crowd_(shared), questions_(std::bit_ceil(shared.asked.pipeline)), place_(place) {}

void connection::open() {
  const io::socket_address& to = crowd_.asked.to.address;
  socket_ = crowd_.driver.fresh_socket(to.bytes.ss_family);
  if (socket_ < 0) {
    ++crowd_.total.unopened;
    note_arrival();
    count_served();
    crowd_.resting.push_back(*this);
    return;
  }
  ++crowd_.open;
  connect_op::socket = receive_op::socket = send_op::socket = socket_;
  address = to.bytes;
  address_bytes = to.size;
  asked_ = answered_ = 0;
  leaving_ = rest_ = false;
  scanner_.clear();
  opening_ = true;
  opening_since_ = crowd_.driver.now();
  crowd_.driver.start(static_cast<io::connect_op&>(*this));
}

void connection::connected(io::outcome outcome) noexcept {
  opening_ = false;
  note_arrival();
  if (leaving_) return close_if_quiet();
  if (!outcome.ok()) {
    ++(outcome.error() == ECONNREFUSED ? crowd_.total.refused : crowd_.total.unopened);
    return leave(true);
  }
  ++crowd_.total.opened;
  crowd_.driver.start(static_cast<io::receive_op&>(*this));
  go_on();
}

bool connection::spent() const noexcept {
  const std::uint64_t most = crowd_.once ? 1 : crowd_.asked.requests_a_connection();
  return most != 0 && asked_ >= most;
}

void connection::go_on() { crowd_.asked.open_loop() ? stand_ready() : ask(); }

// Fills the pipeline, unless a send is under way: then sent() does.
void connection::ask() {
  if (send_op::in_flight() || leaving_ || spent()) return;
  std::uint64_t room = std::min(crowd_.asked.pipeline - out(), crowd_.left);
  const std::uint64_t most = crowd_.once ? 1 : crowd_.asked.requests_a_connection();
  if (most != 0) room = std::min(room, most - asked_);
  if (room == 0) return;
  const monotonic_time now = crowd_.driver.now();
  bytes = crowd_.requests.bytes(place_, room);
  for (std::uint64_t i = 0; i < room; ++i) {
    slot(asked_++) = {now, crowd_.requests.kind(place_)};
    place_ = crowd_.requests.after(place_, 1);
  }
  crowd_.out += room;
  crowd_.left -= room;
  crowd_.driver.start(static_cast<io::send_op&>(*this));
}

void connection::ask_once(monotonic_time due, std::size_t place) {
  slot(asked_++) = {due, crowd_.requests.kind(place)};
  ++crowd_.out;
  bytes = crowd_.requests.bytes(place, 1);
  crowd_.driver.start(static_cast<io::send_op&>(*this));
}

void connection::stand_ready() {
  unlink();
  if (leaving_ || opening_ || send_op::in_flight() || spent()) return;
  if (out() == 0) {
    crowd_.idle.push_back(*this);
  } else if (out() < crowd_.asked.pipeline) {
    crowd_.roomy.push_back(*this);
  }
}

void connection::sent(io::outcome outcome) noexcept {
  if (leaving_) return close_if_quiet();
  if (outcome.ok()) go_on();  // a failed send is followed by the receive's end
}

void connection::received(io::outcome outcome, io::lease lease) noexcept {
  if (leaving_) return close_if_quiet();
  if (outcome.value <= 0) return ended(outcome.value == 0);
  const auto data = lease.bytes();
  crowd_.total.bytes += data.size();
  read({reinterpret_cast<const char*>(data.data()), data.size()});
}

void connection::read(std::string_view piece) {
  const monotonic_time now = crowd_.driver.now();
  const std::uint64_t before = answered_;
  while (!piece.empty()) {
    if (out() == 0) return framing_failed();  // nobody has asked for that
    const reading found = scanner_.take(piece, crowd_.kinds[slot(answered_).kind]->check);
    if (found.fault == answer_fault::framing) return framing_failed();
    if (!found.complete) break;
    answered(found, now);
    if (found.last) {
      ++crowd_.total.ended;
      if (!crowd_.asked.open_loop()) forget_what_is_out();
      return leave(false);
    }
  }
  if (answered_ == before) return;
  if (out() == 0 && spent() && !crowd_.once) return leave(false);
  go_on();
}

void connection::answered(const reading& found, monotonic_time now) {
  const question& asked = slot(answered_++);
  --crowd_.out;
  ++crowd_.came;
  count_served();
  crowd_.right += found.fault == answer_fault::none ? 1 : 0;
  if (!crowd_.counts(asked.at)) return;
  kind_record& record = *crowd_.kinds[asked.kind];
  switch (found.fault) {
    case answer_fault::none:
      ++record.tally.answers;
      record.latency.record(static_cast<std::uint64_t>((now - asked.at).count()));
      return;
    case answer_fault::status:
      ++record.tally.bad_status;
      return;
    case answer_fault::length:
      ++record.tally.bad_length;
      return;
    case answer_fault::body:
      ++record.tally.bad_body;
      return;
    case answer_fault::framing:
      return;
  }
}

// What follows in the stream can belong to anything: the connection is of no more use.
void connection::framing_failed() {
  if (out() == 0) {
    ++crowd_.total.bad_framing;
    return leave(true);
  }
  const question& asked = slot(answered_++);
  --crowd_.out;
  ++crowd_.came;
  if (crowd_.counts(asked.at)) ++crowd_.kinds[asked.kind]->tally.bad_framing;
  leave(true);
}

// By the server. An answer may be complete for that reason alone.
void connection::ended(bool in_order) {
  bool served = false;
  if (in_order && out() != 0) {
    const reading found = scanner_.end(crowd_.kinds[slot(answered_).kind]->check);
    served = found.complete;
    if (served) answered(found, crowd_.driver.now());
  }
  ++(out() == 0 ? crowd_.total.ended : crowd_.total.broken);
  leave(!served);
}

// The server has announced that it answers no more: in a closed loop others are asked instead, on
// the next connection. In an open one their time has passed. Those of the warm-up were never part
// of a count.
void connection::forget_what_is_out() {
  for (; out() != 0; --crowd_.out) {
    if (crowd_.counts(slot(answered_++).at)) ++crowd_.left;
  }
}

void connection::lose_what_is_out() {
  for (; out() != 0; --crowd_.out) {
    const question& asked = slot(answered_++);
    if (crowd_.counts(asked.at)) ++crowd_.kinds[asked.kind]->tally.lost;
  }
}

// Ends the connection; it opens anew at once, or rests first if something went wrong.
void connection::leave(bool rest) {
  leaving_ = true;
  rest_ = rest;
  unlink();
  lose_what_is_out();
  for (io::operation* each : {static_cast<io::operation*>(static_cast<io::connect_op*>(this)),
                              static_cast<io::operation*>(static_cast<io::receive_op*>(this)),
                              static_cast<io::operation*>(static_cast<io::send_op*>(this))}) {
    crowd_.driver.cancel(*each);
  }
  close_if_quiet();
}

void connection::close_if_quiet() {
  if (connect_op::in_flight() || receive_op::in_flight() || send_op::in_flight()) return;
  crowd_.driver.close(socket_);
  socket_ = -1;
  --crowd_.open;
  if (crowd_.ending) return;
  if (!rest_) return open();
  count_served();
  crowd_.resting.push_back(*this);
}

void connection::give_up(monotonic_time before) {
  if (socket_ < 0 || leaving_) return;
  if (opening_) {
    if (opening_since_ >= before) return;
    ++crowd_.total.unopened;
    return leave(true);
  }
  if (out() == 0 || slot(answered_).at >= before) return;
  const monotonic_time now = crowd_.driver.now();
  for (; out() != 0 && slot(answered_).at < before; --crowd_.out) {
    const question& asked = slot(answered_++);
    if (crowd_.counts(asked.at)) crowd_.count_timeout(asked.kind, now - asked.at);
  }
  leave(false);
}

void connection::close() {
  unlink();
  if (socket_ < 0) return;
  forget_what_is_out();
  if (!leaving_) leave(false);
}

void connection::count_served() {
  if (served_) return;
  served_ = true;
  ++crowd_.served;
}

void connection::note_arrival() {
  if (arrived_) return;
  arrived_ = true;
  ++crowd_.arrived;
}

}  // namespace shoal::load
