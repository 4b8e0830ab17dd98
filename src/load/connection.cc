#include "load/connection.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <string_view>

namespace shoal::load {
namespace {

/// The client's; 0 where there is none, as at a path.
std::uint16_t port_of(int socket) noexcept {
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&own), &size) != 0) return 0;
  if (own.ss_family == AF_INET) return ntohs(reinterpret_cast<sockaddr_in&>(own).sin_port);
  if (own.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6&>(own).sin6_port);
  return 0;
}

}  // namespace

connection::connection(crowd& shared, std::size_t place)
    : crowd_(shared), questions_(std::bit_ceil(shared.asked.pipeline)), place_(place) {}

void connection::open() {
  const io::socket_address& to = crowd_.asked.to.address;
  socket_ = crowd_.driver.fresh_socket(to.bytes.ss_family);
  if (socket_ < 0) {
    ++crowd_.total.unopened;
    note_arrival();
    rest_ = true;
    if (fresh()) lose_line();
    return come_back();
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
  if (crowd_.log.kept()) port_ = port_of(socket_);
  crowd_.driver.start(static_cast<io::receive_op&>(*this));
  go_on();
}

bool connection::spent() const noexcept {
  const std::uint64_t most = crowd_.asked.requests_a_connection();
  return most != 0 && asked_ >= most;
}

void connection::go_on() { crowd_.asked.open_loop() ? stand_ready() : ask(); }

// Fills the pipeline, unless a send is under way: then sent() does.
void connection::ask() {
  if (send_op::in_flight() || leaving_ || spent()) return;
  std::uint64_t room = std::min(crowd_.asked.pipeline - out(), crowd_.left);
  const std::uint64_t most = crowd_.asked.requests_a_connection();
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

void connection::give(monotonic_time due, std::size_t place) {
  ++crowd_.out;
  if (crowd_.kinds[crowd_.requests.kind(place)]->alone) ++alone_;
  line_.push({due, place});
  if (fresh()) return open();
  stand_ready();
}

// Sends what waits, or says that it has room.
void connection::stand_ready() {
  if (socket_ < 0 || opening_ || leaving_ || send_op::in_flight()) return;
  unlink();
  if (spent() || out() == crowd_.asked.pipeline) return;
  if (!line_.empty()) return send_first_of_line();
  if (joins_a_line(crowd_.asked.pick)) return;
  if (out() == 0) {
    crowd_.idle.push_back(*this);
  } else if (!taken_alone()) {
    crowd_.roomy.push_back(*this);
  }
}

void connection::send_first_of_line() {
  const auto [due, place] = line_.front();
  line_.pop();
  slot(asked_++) = {due, crowd_.requests.kind(place)};
  bytes = crowd_.requests.bytes(place, 1);
  crowd_.driver.start(static_cast<io::send_op&>(*this));
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
      count_end_by_server();
      if (!crowd_.asked.open_loop()) forget_what_is_out();
      return leave(false);
    }
  }
  if (answered_ == before) return;
  if (out() == 0 && spent()) return leave(false);
  go_on();
}

// The request that is out for longest is done, in whatever way.
connection::question connection::finish() noexcept {
  const question& done = slot(answered_++);
  --crowd_.out;
  if (alone_ != 0 && crowd_.kinds[done.kind]->alone) --alone_;
  return done;
}

void connection::answered(const reading& found, monotonic_time now) {
  const question asked = finish();
  const bool right = found.fault == answer_fault::none;
  ++crowd_.came;
  count_served();
  crowd_.right += right && !found.refused ? 1 : 0;
  if (!crowd_.counts(asked.at)) return;
  kind_record& record = *crowd_.kinds[asked.kind];
  crowd_.log.note({asked.at, now, asked.kind, port_,
                   !right          ? fate::failed
                   : found.refused ? fate::refused
                                   : fate::answered});
  switch (found.fault) {
    case answer_fault::none:
      if (found.refused) {
        ++record.tally.refusals;
        return;
      }
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
  const question asked = finish();
  ++crowd_.came;
  if (crowd_.counts(asked.at)) {
    ++crowd_.kinds[asked.kind]->tally.bad_framing;
    crowd_.log.note({asked.at, crowd_.driver.now(), asked.kind, port_, fate::failed});
  }
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
  if (out() == 0) {
    count_end_by_server();
  } else {
    ++crowd_.total.broken;
  }
  leave(!served);
}

// The server has announced that it answers no more: in a closed loop others are asked instead, on
// the next connection. In an open one their time has passed. Those of the warm-up were never part
// of a count.
void connection::forget_what_is_out() {
  while (out() != 0) {
    if (crowd_.counts(finish().at)) ++crowd_.left;
  }
}

void connection::lose_what_is_out() {
  while (out() != 0) {
    const question asked = finish();
    crowd_.count_lost(asked.kind, asked.at, port_);
  }
}

// Of a connection for one request that could not be opened.
void connection::lose_line() {
  while (!line_.empty()) {
    const auto [due, place] = line_.front();
    leave_line();
    crowd_.count_lost(crowd_.requests.kind(place), due, 0);
  }
}

// The first of those that wait will not be sent.
void connection::leave_line() noexcept {
  if (crowd_.kinds[crowd_.requests.kind(line_.front().place)]->alone) --alone_;
  --crowd_.out;
  line_.pop();
}

// Ends the connection; it opens anew at once, or rests first if something went wrong.
void connection::leave(bool rest) {
  leaving_ = true;
  rest_ = rest;
  unlink();
  lose_what_is_out();
  if (fresh()) lose_line();
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
  port_ = 0;
  come_back();
}

// Closed: it opens anew at once or after a rest, or when it is given its next request.
void connection::come_back() {
  if (crowd_.ending) return;
  if (fresh()) return crowd_.idle.push_back(*this);
  if (!rest_) return open();
  count_served();
  crowd_.resting.push_back(*this);
}

void connection::give_up(monotonic_time before) {
  const bool too_late = give_up_line(before) && fresh();
  if (socket_ < 0 || leaving_) return;
  if (opening_) {
    if (opening_since_ >= before && !too_late) return;
    ++crowd_.total.unopened;
    return leave(true);
  }
  if (out() == 0 || slot(answered_).at >= before) return;
  const monotonic_time now = crowd_.driver.now();
  while (out() != 0 && slot(answered_).at < before) {
    const question asked = finish();
    crowd_.count_timeout(asked.kind, asked.at, now, port_);
  }
  leave(false);
}

// Whether there was one.
bool connection::give_up_line(monotonic_time before) {
  const std::size_t waiting = line_.size();
  while (!line_.empty() && line_.front().due < before) {
    const auto [due, place] = line_.front();
    leave_line();
    crowd_.count_timeout(crowd_.requests.kind(place), due, crowd_.driver.now());
  }
  return line_.size() != waiting;
}

void connection::close() {
  unlink();
  while (!line_.empty()) leave_line();
  if (socket_ < 0) return;
  forget_what_is_out();
  if (!leaving_) leave(false);
}

// One for a single request ends by itself, whoever is faster.
void connection::count_end_by_server() {
  if (!fresh()) crowd_.count_end(port_);
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
