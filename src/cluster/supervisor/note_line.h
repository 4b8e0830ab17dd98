// One end of a channel as the supervisor holds it: notes are said in order and heard as they come.
// Includes asio, for the supervisor's files alone.
#pragma once

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "cluster/channel.h"

namespace shoal::cluster {

/// Asio's handlers keep it alive; after close() it hears and says nothing any more.
class note_line final : public std::enable_shared_from_this<note_line> {
 public:
  /// `closed` too, once and last.
  using hearer = std::function<void(note&&)>;

  note_line(asio::io_context& context, descriptor end) : channel_(context, end.release()) {}

  void listen(hearer heard) {
    heard_ = std::move(heard);
    await_note();
  }

  [[nodiscard]] int channel() noexcept { return channel_.native_handle(); }

  /// In order. What finds no room goes when there is some, and false is the answer.
  bool tell(note_kind what, std::string text = {}, descriptor beside = {}) {
    untold_.push_back({what, std::move(text), std::move(beside)});
    if (untold_.size() == 1) say();
    return untold_.empty();
  }

  /// What has come until now. False once the other side has closed its end.
  bool read() {
    while (auto received = take_note(channel())) {
      const bool last = received->kind == note_kind::closed;
      if (heard_) heard_(std::move(*received));
      if (last || closed_) return false;
    }
    return true;
  }

  void close() {
    closed_ = true;
    channel_.close();
  }

 private:
  using wait = asio::posix::stream_descriptor;

  [[nodiscard]] bool send(const note& one) noexcept {
    if (!one.socket.open()) return send_note(channel(), one.kind, one.text);
    return send_socket(channel(), one.kind, one.text, {}, one.socket.get());
  }

  void say() {
    while (!untold_.empty() && send(untold_.front())) untold_.pop_front();
    if (untold_.empty() || errno != EAGAIN) return;  // else nobody is there, and the end comes
    channel_.async_wait(wait::wait_write,
                        [self = shared_from_this()](const asio::error_code& failure) {
                          if (!failure && !self->closed_) self->say();
                        });
  }

  void await_note() {
    channel_.async_wait(wait::wait_read,
                        [self = shared_from_this()](const asio::error_code& failure) {
                          if (!failure && !self->closed_ && self->read()) self->await_note();
                        });
  }

  asio::posix::stream_descriptor channel_;
  hearer heard_;
  std::deque<note> untold_;
  bool closed_ = false;
};

}  // namespace shoal::cluster
