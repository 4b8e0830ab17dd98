#include "open/client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

namespace shoal::open {
namespace {

// Before a connection that could not be opened is tried again.
constexpr std::chrono::milliseconds rest_time{5};

std::uint16_t port_of(int socket) {
  sockaddr_in own{};
  socklen_t size = sizeof own;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&own), &size);
  return ntohs(own.sin_port);
}

}  // namespace

void crowd::give_up(const request& old, std::uint16_t port) {
  if (!old.measured) return;
  class_tally& tally = kinds[old.of_class].tally;
  ++tally.timeouts;
  tally.latency.record(static_cast<std::uint64_t>(nanoseconds(asked.timeout).count()));
  log.note(old, fate::timed_out, read_clock(), port);
}

client::~client() { close(); }

void client::close() noexcept {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  connected_ = false;
  port_ = 0;
}

void client::open() {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return ended();
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const auto* to = reinterpret_cast<const sockaddr*>(&crowd_.asked.address);
  if (::connect(socket_, to, sizeof crowd_.asked.address) != 0 && errno != EINPROGRESS) {
    return ended();
  }
  epoll_event all{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.ptr = this}};
  ::epoll_ctl(crowd_.poller, EPOLL_CTL_ADD, socket_, &all);
}

void client::connected() {
  connected_ = true;
  port_ = port_of(socket_);
  ++crowd_.opened;
  send_next();
}

void client::give(const request& next) {
  ++crowd_.out;
  if (crowd_.asked.classes[next.of_class].alone) ++alone_;
  if (next.measured) ++tally_of(next).planned;
  waiting_.push_back(next);
  send_next();
}

void client::send_next() {
  if (!connected_ || out_) return;
  if (waiting_.empty() && !crowd_.waiting.empty()) {
    waiting_.push_back(crowd_.waiting.front());
    crowd_.waiting.pop_front();
    if (crowd_.asked.classes[waiting_.front().of_class].alone) ++alone_;
  }
  if (waiting_.empty()) return;
  out_ = waiting_.front();
  waiting_.pop_front();
  crowd::kind& kind = crowd_.kinds[out_->of_class];
  scanner_.clear();
  const auto sent = ::send(socket_, kind.request.data(), kind.request.size(), MSG_NOSIGNAL);
  // Nothing else is in the socket's buffer: it takes a small request whole, or it has failed.
  if (sent != static_cast<ssize_t>(kind.request.size())) ended();
}

void client::ready(std::uint32_t events) {
  if (socket_ < 0) return;
  if (!connected_) {
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) return ended();
    if ((events & EPOLLOUT) != 0) connected();
  }
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP)) != 0) receive();
}

void client::receive() {
  std::array<char, 16 * 1024> buffer;
  while (socket_ >= 0) {
    const ssize_t length = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (length < 0 && errno == EAGAIN) return;
    if (length <= 0 || !out_) return ended();  // what nobody asked for is an end as well
    std::string_view piece(buffer.data(), static_cast<std::size_t>(length));
    const load::reading found = scanner_.take(piece, crowd_.kinds[out_->of_class].check);
    if (found.fault != load::answer_fault::none) return answer_failed(found.fault);
    if (!found.complete) continue;
    if (!piece.empty()) return answer_failed(load::answer_fault::framing);
    answered(found.refused, read_clock());
    if (crowd_.asked.choice == choice::fresh) {
      close();
      return crowd_.done.push_back(this);
    }
    if (found.last) return ended();
    send_next();
  }
}

void client::answered(bool refused, monotonic_time now) {
  ++crowd_.answered;
  if (out_->measured) {
    class_tally& tally = tally_of(*out_);
    ++(refused ? tally.refusals : tally.answers);
    (refused ? tally.refusal_latency : tally.latency)
        .record(static_cast<std::uint64_t>((now - out_->due).count()));
    crowd_.log.note(*out_, refused ? fate::refused : fate::answered, now, port_);
  }
  finish();
}

void client::answer_failed(load::answer_fault fault) {
  class_tally& tally = tally_of(*out_);
  if (out_->measured) {
    ++(fault == load::answer_fault::status    ? tally.bad_status
       : fault == load::answer_fault::framing ? tally.bad_framing
                                              : tally.bad_body);
    crowd_.log.note(*out_, fate::failed, read_clock(), port_);
  }
  finish();
  come_back(nanoseconds(0));
}

// The request that is out is done, in whatever way.
void client::finish() noexcept {
  if (crowd_.asked.classes[out_->of_class].alone) --alone_;
  --crowd_.out;
  out_.reset();
}

// By the server, or because it could not be opened.
void client::ended() {
  const bool opened = connected_;
  if (!opened) ++crowd_.refused;
  if (!out_ && !waiting_.empty() && crowd_.asked.choice == choice::fresh) {
    out_ = waiting_.front();  // its only request, which could not even be sent
    waiting_.pop_front();
  }
  if (out_) {
    if (out_->measured) {
      ++tally_of(*out_).lost;
      crowd_.log.note(*out_, fate::failed, read_clock(), port_);
    }
    finish();
  } else if (opened) {
    ++crowd_.ended;
    crowd_.log.note_end(port_, read_clock());
  }
  come_back(opened ? nanoseconds(0) : rest_time);
}

// In another turn: a server that is gone would keep this one going for ever.
void client::come_back(nanoseconds after) {
  close();
  if (crowd_.asked.choice == choice::fresh) return crowd_.done.push_back(this);
  crowd_.closed.push_back({this, read_clock() + after});
}

void client::give_up(monotonic_time before) {
  while (!waiting_.empty() && waiting_.front().due < before) {
    crowd_.give_up(waiting_.front(), 0);
    if (crowd_.asked.classes[waiting_.front().of_class].alone) --alone_;
    --crowd_.out;
    waiting_.pop_front();
    if (crowd_.asked.choice == choice::fresh) return come_back(nanoseconds(0));
  }
  if (!out_ || out_->due >= before) return;
  crowd_.give_up(*out_, port_);
  finish();
  come_back(nanoseconds(0));
}

}  // namespace shoal::open
