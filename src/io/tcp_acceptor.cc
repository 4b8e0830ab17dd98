#include "io/tcp_acceptor.h"

#include <cerrno>
#include <new>
#include <utility>

namespace shoal::io {

tcp_acceptor::tcp_acceptor(loop& on, int listener, const tcp::address& where) noexcept
    : loop_(&on), where_(where) {
  socket = listener;
  on.host(*this);
}

void tcp_acceptor::abandon() noexcept {
  abandoned_ = true;
  if (loop_ != nullptr) {
    for (const int waiting : std::exchange(sockets_, {})) loop_->io().close(waiting);
    loop_->io().cancel(*this);
  }
  end_if_quiet();
}

void tcp_acceptor::end_if_quiet() noexcept {
  if (!abandoned_ || waiter_.waits()) return;
  if (loop_ != nullptr) {
    if (in_flight()) return;
    loop_->io().close(socket);
  }
  unlink();
  delete this;
}

void tcp_acceptor::loop_ended() noexcept {
  for (const int waiting : std::exchange(sockets_, {})) loop_->io().close(waiting);
  if (!in_flight()) loop_->io().close(socket);
  loop_ = nullptr;
  end_if_quiet();
}

void tcp_acceptor::accept_then(std::coroutine_handle<> caller) noexcept {
  if (!in_flight()) loop_->io().start(*this);
  waiter_.begin(*loop_, caller, never);
}

void tcp_acceptor::forget() noexcept {
  waiter_.forget(loop_);
  end_if_quiet();
}

int tcp_acceptor::take() noexcept {
  if (sockets_.empty()) return -std::exchange(error_, 0);
  const int first = sockets_.front();
  sockets_.erase(sockets_.begin());
  return first;
}

void tcp_acceptor::accepted(outcome what) noexcept {
  if (what.ok()) {
    keep(what.value);
  } else if (what.error() != ECANCELED) {
    error_ = what.error();
  }
  if (abandoned_) return end_if_quiet();
  if (!waiter_.waits()) return;
  if (ready() || error_ != 0) return waiter_.resume(*loop_);
  if (!in_flight()) loop_->io().start(*this);  // it was held back
}

void tcp_acceptor::keep(int accepted) noexcept try {
  if (abandoned_) return loop_->io().close(accepted);
  sockets_.push_back(accepted);
  if (sockets_.size() >= accept_ahead) loop_->io().cancel(*this);
} catch (const std::bad_alloc&) {
  loop_->io().close(accepted);
}

}  // namespace shoal::io
