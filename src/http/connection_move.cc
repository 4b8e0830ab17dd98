// How a connection changes its loop: by its owner's will (depart, resume), or because another has
// taken it (put_on_offer, let_go).
#include <sys/socket.h>

#include <new>
#include <utility>

#include "base/log.h"
#include "http/connection.h"
#include "http/lending.h"
#include "http/server_core.h"

namespace shoal::http {

/// It lies idle: all that is here of it is input that we have not begun to serve, nothing of ours
/// is under way to its client, and its receive goes on.
void connection::put_on_offer() noexcept {
  if (place_ == nullptr || !receiving().in_flight() || input_.size() > pending_bytes_max) return;
  place_->offer.kept_bytes.store(static_cast<std::uint32_t>(input_.size()),
                                 std::memory_order_relaxed);
  core_.lends->offer(*place_);
}

moved_connection connection::as_taken(std::string&& room) const noexcept {
  return {.socket = static_cast<const io::receive_op&>(*this).socket,
          .input = std::move(room.assign(input_)),
          .served = served_,
          .closes_at = closes_at_,
          .shared = shared_,
          .joint = joint_};
}

void connection::let_go(joint_socket* joint) noexcept {
  joint_ = joint;
  moved_ = true;
  close();
}

void connection::break_off() noexcept {
  log_error("a receive has gone on after its connection was taken over; the connection ends");
  ::shutdown(receiving().socket, SHUT_RDWR);
}

void connection::resume(moved_connection&& from) noexcept try {
  joint_ = from.joint;
  shared_ = from.shared;
  if (from.served == 0 && from.input.empty()) return open();
  served_ = from.served;
  closes_at_ = from.closes_at;
  came_home_ = from.key != 0 || from.stays;
  from.node == no_node ? arrivals_.begin(served_) : arrivals_.pause(served_);
  set_deadline(core_.loop.now() + core_.options.header_timeout);
  core_.loop.io().start(receiving());
  if (!from.input.empty()) {
    pending_ = std::make_unique<std::string>(std::move(from.input));
    input_ = *pending_;
  }
  advance();
} catch (const std::bad_alloc&) {
  close();
}

void connection::turn_away(const moved_connection& from) noexcept {
  joint_ = from.joint;
  shared_ = from.shared;
  served_ = from.served;
  turn_away();
}

bool connection::depart() noexcept {
  const bool fresh = phase_ == phase::head && served_ == 0 && input_.empty();
  if (!(phase_ == phase::request || fresh) || departing_ || closing_ || core_.draining) {
    return false;
  }
  if (peer_ended_ || !receiving().in_flight() || !receiving().take_back()) return false;
  departing_ = true;
  goes_home_ = false;
  core_.loop.io().cancel(receiving());
  return true;
}

/// False: it leaves for where this request belongs, with all that was received, or waits until it
/// can.
bool connection::belongs_here(const head& request) noexcept {
  if (core_.sends_away()) return !leaves_with(request);
  if (core_.trial.is_on() && goes_on_trial(request)) return false;
  if (!core_.has_homes) return true;
  return core_.options.homes != nullptr ? key_lives_here(request) : is_near_enough();
}

/// Once those before it have been answered, if somebody can be sent one more.
bool connection::leaves_with(const head& request) noexcept {
  const bool sent_for_this = came_home_;
  came_home_ = false;
  if (core_.draining || sent_for_this) return false;
  if (!may_set_out()) return true;
  if (core_.options.carries->room() == 0) return false;
  key_ = core_.options.homes == nullptr ? 0 : sticky_key(request, core_.options.sticky);
  set_out();
  return true;
}

/// Each connection is asked for once in a trial, with its next request: those that say nothing
/// would try nobody.
bool connection::goes_on_trial(const head& request) noexcept {
  if (weighed_ == core_.trial.number() || core_.draining || !may_set_out()) return false;
  if (came_home_) {  // with this request
    came_home_ = core_.options.homes != nullptr;
    return false;
  }
  if (core_.options.carries->room() == 0) return false;
  weighed_ = core_.trial.number();
  if (!core_.trial.chooses()) return false;
  to_trial_ = true;
  key_ = core_.options.homes == nullptr ? 0 : sticky_key(request, core_.options.sticky);
  set_out();
  return true;
}

/// A key's request is served by its worker, if answers are on their way once they have left.
bool connection::key_lives_here(const head& request) noexcept {
  const std::uint64_t key = sticky_key(request, core_.options.sticky);
  if (key == 0 || core_.draining) return true;
  if (core_.options.homes->have_changed(core_.loop.now())) core_.forget_homes();
  const std::uint64_t known = key ^ core_.homes_mark;
  if (known == key_) return true;
  // Who has come for its key stays, whatever this worker thinks.
  const bool at_home = core_.options.homes->lives_here(key);
  if (at_home || came_home_) {
    if (!at_home) core_.options.homes->takes_in_stray();
    came_home_ = false;
    key_ = known;
    return true;
  }
  if (!may_set_out()) return false;
  key_ = key;
  set_out();
  return false;
}

/// No request waits for a move to where packets come in: who cannot leave now asks another time.
bool connection::is_near_enough() noexcept {
  if (!arrivals_.due(served_)) return true;
  packet_homes& homes = *core_.options.packet_homes;
  const std::uint16_t node = homes.node_of(receiving().socket);
  if (!arrivals_.saw(node, served_) || core_.draining || !may_set_out()) return true;
  if (!homes.may_go(node, core_.loop.now())) return true;
  set_out();
  return false;
}

/// Nothing of ours is under way to its client.
bool connection::may_set_out() const noexcept { return filling_ == nullptr && !output_in_flight(); }

void connection::set_out() noexcept {
  departing_ = true;
  goes_home_ = true;
  if (receiving().in_flight()) {
    core_.loop.io().cancel(receiving());
  } else {
    go();
  }
}

void connection::go() noexcept try {
  std::string room;
  room.reserve(input_.size());
  moved_connection moved = as_taken(std::move(room));
  moved.work_us = work_us_;
  if (goes_home_) {
    moved.key = key_;
    if (!core_.sends_away() && !to_trial_) moved.node = arrivals_.node();
  }
  moved.on_trial = to_trial_;
  core_.loop.io().release(moved.socket);
  joint_ = nullptr;  // goes along
  moved_ = true;
  core_.departed(std::move(moved));
  close();
} catch (const std::bad_alloc&) {
  close();
}

/// The last outcomes of the receive of a connection that departs. Bytes go along.
void connection::leave(io::outcome what) noexcept {
  if (what.error() == ECANCELED) return go();
  departing_ = false;
  if (goes_home_) key_ = 0;  // its request asks again
  goes_home_ = false;
  to_trial_ = false;
  if (!what.ok()) return close();
  peer_ended_ = true;
  advance();
}

/// The record is quiet. The socket may be another's.
void connection::give_socket_back() noexcept {
  io::driver& io = core_.loop.io();
  const int socket = receiving().socket;
  if (joint_ != nullptr && !joint_->alone()) {
    if (!moved_) ::shutdown(socket, SHUT_RDWR);  // the client shall not wait for the others
    io.release(socket);
    joint_->let_go();
  } else if (!moved_) {
    if (shared_) ::shutdown(socket, SHUT_RDWR);  // nor for other processes
    if (joint_ != nullptr) joint_->forget();
    io.close(socket);
  } else if (joint_ != nullptr) {
    io.release(socket);
    joint_->let_go();
  }
}

}  // namespace shoal::http
