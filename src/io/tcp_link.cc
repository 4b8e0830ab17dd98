#include "io/tcp_link.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "base/check.h"

namespace shoal::io {
namespace {

/// Buffers of an idle link that are larger than that go.
constexpr std::size_t kept_bytes = 2 * tcp_link::read_ahead_bytes;

std::span<const std::byte> bytes_of(const char* data, std::size_t size) noexcept {
  return std::as_bytes(std::span(data, size));
}

}  // namespace

tcp_link::tcp_link(loop& on, int socket) noexcept : loop_(&on) {
  connecting().socket = receiving().socket = sending().socket = socket;
  on.host(*this);
}

// ---- the end

void tcp_link::abandon() noexcept {
  abandoned_ = true;
  stirred_ = nullptr;
  if (loop_ != nullptr) {
    loop_->io().cancel(connecting());
    loop_->io().cancel(receiving());
    loop_->io().cancel(sending());
  }
  end_if_quiet();
}

bool tcp_link::in_flight() const noexcept {
  return connect_op::in_flight() || receive_op::in_flight() || send_op::in_flight();
}

/// An awaiter that has not been destroyed yet counts: it will say that it forgets.
void tcp_link::end_if_quiet() noexcept {
  if (!abandoned_ || reader_.waits() || writer_.waits()) return;
  if (loop_ != nullptr) {
    if (in_flight()) return;
    loop_->io().close(connecting().socket);
  }
  unlink();
  delete this;
}

/// Whatever is in flight stays with a driver that will not run again.
void tcp_link::loop_ended() noexcept {
  loop_->cancel(reader_);
  loop_->cancel(writer_);
  if (!in_flight()) loop_->io().close(connecting().socket);
  loop_ = nullptr;
  read_error_ = write_error_ = ECANCELED;
  end_if_quiet();
}

network_error tcp_link::failure(int error, const char* what) const {
  return {error, what + (peer_ == tcp::address() ? "the peer" : peer_.text())};
}

void tcp_link::fail(int error, const char* what) const { throw failure(error, what); }

/// For one that waited longer than the owner stayed, and may have been the last.
void tcp_link::fail_abandoned(const char* what) {
  const auto failed = failure(ECANCELED, what);
  end_if_quiet();
  throw failed;
}

// ---- connecting

void tcp_link::connect_then(const tcp::address& to, std::coroutine_handle<> caller,
                            monotonic_time deadline) noexcept {
  peer_ = to;
  const socket_address where = to.for_driver();
  connecting().address = where.bytes;
  connecting().address_bytes = where.size;
  loop_->io().start(connecting());
  reader_.begin(*loop_, caller, deadline);
}

int tcp_link::connect_error() const noexcept {
  return reader_.timed_out() ? ETIMEDOUT : connect_error_;
}

void tcp_link::connected(outcome what) noexcept {
  connect_error_ = what.error();
  if (abandoned_) return end_if_quiet();
  if (reader_.waits()) reader_.resume(*loop_);
}

// ---- reading

void tcp_link::read_then(std::coroutine_handle<> reader, monotonic_time deadline) noexcept {
  SHOAL_DCHECK(!reader_.waits());  // one reader at a time
  if (!receiving().in_flight()) loop_->io().start(receiving());
  reader_.begin(*loop_, reader, deadline);
}

void tcp_link::limit_read(monotonic_time deadline) noexcept {
  if (loop_ != nullptr) reader_.move_deadline(*loop_, deadline);
}

void tcp_link::forget_read() noexcept {
  reader_.forget(loop_);
  end_if_quiet();
}

void tcp_link::fail_read(int error) noexcept {
  read_error_ = error;
  if (loop_ != nullptr && reader_.waits()) reader_.resume(*loop_);
}

std::string_view tcp_link::take() {
  if (abandoned_) fail_abandoned("cannot read from ");
  if (!held_.empty()) {
    front_.clear();
    front_.swap(held_);
    return front_;
  }
  if (read_error_ != 0) fail(read_error_, "cannot read from ");
  if (!ended_) fail(ETIMEDOUT, "cannot read from ");
  return {};
}

void tcp_link::received(outcome what, lease arrived) noexcept {
  if (abandoned_) return end_if_quiet();
  if (what.value > 0) {
    hold(arrived.bytes());
    arrived.release();
  } else if (what.value == 0) {
    ended_ = true;
  } else if (what.error() != ECANCELED) {
    read_error_ = what.error();
  }
  if (reader_.waits()) {
    if (readable()) return reader_.resume(*loop_);
    return loop_->io().start(receiving());  // it was held back
  }
  if (stirred_ != nullptr) std::exchange(stirred_, nullptr)->run();
}

void tcp_link::hold(std::span<const std::byte> arrived) noexcept try {
  held_.append(reinterpret_cast<const char*>(arrived.data()), arrived.size());
  if (!reader_.waits() && held_.size() >= read_ahead_bytes) loop_->io().cancel(receiving());
} catch (const std::bad_alloc&) {
  read_error_ = ENOMEM;
  loop_->io().cancel(receiving());
}

// ---- writing

void tcp_link::write_then(std::string_view out, std::coroutine_handle<> writer,
                          monotonic_time deadline) {
  SHOAL_DCHECK(!writer_.waits() && !sending().in_flight());  // one writer at a time
  const std::size_t needed = std::min(out.size(), write_block_bytes);
  if (block_bytes_ < needed) {
    block_ = std::make_unique_for_overwrite<char[]>(needed);
    block_bytes_ = needed;
  }
  rest_ = out;
  writer_.begin(*loop_, writer, deadline);
  send_block();
}

void tcp_link::send_block() noexcept {
  const std::size_t size = std::min(rest_.size(), block_bytes_);
  std::memcpy(block_.get(), rest_.data(), size);
  rest_.remove_prefix(size);
  sending().bytes = bytes_of(block_.get(), size);
  sending().more_follows = !rest_.empty();
  loop_->io().start(sending());
}

void tcp_link::sent(outcome what) noexcept {
  if (abandoned_) return end_if_quiet();
  if (!what.ok()) break_write(what.error());
  if (!rest_.empty()) return send_block();
  if (writer_.waits()) writer_.resume(*loop_);
}

void tcp_link::break_write(int error) noexcept {
  if (write_error_ == 0) write_error_ = error;
  rest_ = {};
  if (loop_ != nullptr) loop_->io().cancel(sending());
}

void tcp_link::forget_write() noexcept {
  writer_.forget(loop_);
  break_write(ECANCELED);
  end_if_quiet();
}

void tcp_link::finish_write() {
  if (abandoned_) fail_abandoned("cannot write to ");
  if (loop_ != nullptr && writer_.timed_out()) break_write(ETIMEDOUT);
  if (write_error_ != 0) fail(write_error_, "cannot write to ");
}

void tcp_link::shutdown_send() noexcept {
  if (loop_ == nullptr || write_error_ != 0) return;
  write_error_ = EPIPE;
  loop_->io().shutdown_send(sending().socket);
}

// ---- idle

void tcp_link::watch(runnable* stirred) noexcept {
  stirred_ = stirred;
  if (stirred == nullptr || loop_ == nullptr || receiving().in_flight()) return;
  if (!ended_ && read_error_ == 0) loop_->io().start(receiving());
}

void tcp_link::trim() noexcept {
  if (front_.capacity() > kept_bytes) front_ = {};
  if (held_.capacity() > kept_bytes && held_.empty()) held_ = {};
  if (block_bytes_ > kept_bytes) {
    block_.reset();
    block_bytes_ = 0;
  }
}

}  // namespace shoal::io
