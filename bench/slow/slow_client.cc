#include "slow/slow_client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <cstring>

namespace shoal::slow {
namespace {

/// A deaf client's: so little that the server's answers stay with the server.
constexpr int receive_buffer_bytes = 4096;

/// As over an Ethernet. Loopback's segments of 64 KiB let the kernel's send queue grow to
/// megabytes, and the server would be rid of every answer at once.
constexpr int segment_bytes = 1448;

/// How much more seldom than a dripper's byte a deaf client's comes.
constexpr int deaf_drip_factor = 5;

/// Before it comes back.
constexpr nanoseconds rest_time{50'000'000};

}  // namespace

slow_client::~slow_client() {
  if (socket_ >= 0) ::close(socket_);
}

void slow_client::open_after(nanoseconds delay) noexcept {
  crowd_.loop.start(*this, crowd_.loop.now() + delay);
}

/// Time to connect, or to send a byte: a deaf client hears in no other way that it was thrown out.
void slow_client::expired() noexcept {
  if (socket_ < 0) return open();
  if (!connected_ || leaving_) return;
  if (!send_op::in_flight()) send(std::span("a", 1));
  open_after(drip_time());
}

nanoseconds slow_client::drip_time() const noexcept {
  return manner_ == manner::deaf ? crowd_.drip_time * deaf_drip_factor : crowd_.drip_time;
}

void slow_client::open() noexcept {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) {
    ++crowd_.failed;
    return open_after(rest_time);
  }
  if (manner_ == manner::deaf) {
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes,
                 sizeof receive_buffer_bytes);
    ::setsockopt(socket_, IPPROTO_TCP, TCP_MAXSEG, &segment_bytes, sizeof segment_bytes);
  }
  connect_op::socket = receive_op::socket = send_op::socket = socket_;
  std::memcpy(&address, &crowd_.address, sizeof address);
  address_bytes = crowd_.address_bytes;
  connected_ = leaving_ = false;
  crowd_.loop.io().start(static_cast<io::connect_op&>(*this));
}

void slow_client::connected(io::outcome what) noexcept {
  if (!what.ok()) {
    ++crowd_.failed;
    return close_when_quiet();
  }
  connected_ = true;
  ++crowd_.opened;
  ++crowd_.open;
  open_after(drip_time());
  if (manner_ == manner::deaf) return send(crowd_.requests);
  crowd_.loop.io().start(static_cast<io::receive_op&>(*this));
  send(crowd_.head);
}

void slow_client::send(std::span<const char> what) noexcept {
  bytes = std::as_bytes(what);
  crowd_.loop.io().start(static_cast<io::send_op&>(*this));
}

/// A dripper hears nothing but that the server has had enough.
void slow_client::received(io::outcome, io::lease) noexcept {
  if (leaving_) return close_when_quiet();
  leave();
}

void slow_client::sent(io::outcome what) noexcept {
  if (leaving_) return close_when_quiet();
  if (!what.ok()) leave();
}

void slow_client::leave() noexcept {
  leaving_ = true;
  ++crowd_.ended;
  --crowd_.open;
  crowd_.loop.cancel(*this);
  if (receive_op::in_flight()) crowd_.loop.io().cancel(static_cast<io::receive_op&>(*this));
  if (send_op::in_flight()) crowd_.loop.io().cancel(static_cast<io::send_op&>(*this));
  close_when_quiet();
}

void slow_client::close_when_quiet() noexcept {
  if (receive_op::in_flight() || send_op::in_flight()) return;
  crowd_.loop.io().close(socket_);
  socket_ = -1;
  open_after(rest_time);
}

}  // namespace shoal::slow
