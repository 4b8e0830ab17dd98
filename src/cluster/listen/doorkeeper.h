// Connections that the supervisor hands on: from listeners that it accepts from, from processes
// that send them. The desk decides; this waits for it. Includes asio, for the supervisor's files
// alone.
#pragma once

#include <fcntl.h>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <deque>

#include "base/check.h"
#include "cluster/blueprint.h"
#include "cluster/listen/handoff_desk.h"

namespace shoal::cluster {

class doorkeeper final {
 public:
  doorkeeper(const blueprint& plan, asio::io_context& context)
      : plan_(plan), context_(context), desk_(plan), retry_(context) {}

  /// After a change there: hand_on().
  [[nodiscard]] handoff_desk& desk() noexcept { return desk_; }

  void open() {
    for (const auto& socket : plan_.sockets.handed()) {
      const int fd = ::fcntl(socket.get(), F_DUPFD_CLOEXEC, 3);
      SHOAL_CHECK(fd >= 0);  // the budget counted it
      doors_.emplace_back(context_, fd).shut = true;
    }
  }

  void hand_on() {
    const auto wait = desk_.hand_on(read_clock());
    if (wait == handoff_desk::wait::time) set_retry();
    if (wait != handoff_desk::wait::client) return;
    for (auto& d : doors_) {
      if (d.shut) serve(d);
    }
  }

  /// From here on somebody else accepts.
  void close() { doors_.clear(); }

  void stop() {
    doors_.clear();
    desk_.stop();
    hand_on();
  }

 private:
  /// A listener from which the supervisor accepts.
  struct door {
    door(asio::io_context& context, int socket) : listener(context, socket) {}

    asio::posix::stream_descriptor listener;  // a duplicate
    bool shut = false;                        // until somebody can take what comes
  };

  void serve(door& d) {
    const auto wait = desk_.serve(d.listener.native_handle(), read_clock());
    d.shut = wait != handoff_desk::wait::client;
    if (!d.shut) await_client(d);
    if (wait == handoff_desk::wait::time) set_retry();
  }

  void await_client(door& d) {
    d.listener.async_wait(asio::posix::stream_descriptor::wait_read,
                          [this, &d](const asio::error_code& failure) {
                            if (!failure) serve(d);
                          });
  }

  void set_retry() {
    retry_.expires_after(handoff_desk::retry_after);
    retry_.async_wait([this](const asio::error_code& failure) {
      if (!failure) hand_on();
    });
  }

  const blueprint& plan_;
  asio::io_context& context_;
  handoff_desk desk_;
  std::deque<door> doors_;  // whose addresses handlers keep
  asio::steady_timer retry_;
};

}  // namespace shoal::cluster
