// The control socket's connections: who may come, how much each may take, and how long. What is
// asked for is the desk's. Nothing here waits: a client who is slow, silent or many holds up
// nobody. Includes asio, for the supervisor's files alone.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <cerrno>
#include <list>
#include <memory>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/descriptor.h"
#include "cluster/blueprint.h"
#include "cluster/control/control_desk.h"
#include "cluster/control/control_limits.h"

namespace shoal::cluster {

class control_connection;

class control_server final {
 public:
  control_server(const blueprint& plan, asio::io_context& context, control_target& target)
      : plan_(plan), context_(context), desk_(target), listener_(context), retry_(context) {}

  void open();
  /// Who has come stays; nobody else comes here.
  void close() {
    listener_.close();
    retry_.cancel();
  }

  /// To all who follow.
  void tell(const lifecycle_event& event);

 private:
  friend class control_connection;

  void await_client();
  void serve();
  void retry_soon();
  void gone(const std::shared_ptr<control_connection>& which);

  const blueprint& plan_;
  asio::io_context& context_;
  const control_desk desk_;
  asio::posix::stream_descriptor listener_;  // a duplicate
  asio::steady_timer retry_;
  std::list<std::shared_ptr<control_connection>> open_;
  unsigned lasting_ = 0;  // of these
  bool full_ = false;     // nobody waits at the listener
};

/// The server outlives it, or it hears of nothing any more.
class control_connection final : public std::enable_shared_from_this<control_connection> {
 public:
  control_connection(control_server& server, descriptor socket)
      : server_(server), socket_(server.context_, socket.release()), deadline_(server.context_) {}

  void start() {
    set_deadline(control_request_timeout);
    if (is_friend()) return await_request();
    answer(control_problem(403, "this socket is for its own user and for root", false));
  }

  void tell(const lifecycle_event& event) {
    if (after_ != control_after::follow || !answered_) return;
    untold_ += plain_ ? to_text_line(event) : to_json_line(event);
    if (untold_.size() > most_untold_bytes) return end();
    if (!waits_for_room_) say();
  }

 private:
  using wait = asio::posix::stream_descriptor;

  /// The file's mode says the same; but somebody may change that, and a descriptor can travel.
  [[nodiscard]] bool is_friend() {
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           (peer.uid == 0 || peer.uid == ::geteuid());
  }

  void await_request() {
    socket_.async_wait(wait::wait_read,
                       [self = shared_from_this()](const asio::error_code& failure) {
                         if (!failure && !self->ended_) self->read();
                       });
  }

  void read() {
    char some[longest_control_head];
    const auto size = ::recv(socket_.native_handle(), some, sizeof some, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return await_request();
    if (size <= 0) return end();
    asked_.append(some, static_cast<std::size_t>(size));
    const auto reading = read_control_request(asked_, progress_);
    switch (reading.is) {
      case control_reading::state::partial:
        return await_request();
      case control_reading::state::refused:
        return answer(control_problem(reading.status, reading.why, false));
      case control_reading::state::complete:
        return serve(reading.request);
    }
  }

  void serve(const control_request& request) {
    plain_ = request.plain;
    if (control_desk::may_last(request)) {
      if (server_.lasting_ >= most_lasting_connections) {
        return answer(control_problem(503, "too many wait here already", plain_));
      }
      ++server_.lasting_;
      lasts_ = true;
    }
    deadline_.cancel();
    server_.desk_.serve(request, [self = shared_from_this()](control_answer answer) {
      if (!self->ended_) self->answer(std::move(answer));
    });
    if (!ended_) await_end();
  }

  /// Who has gone waits for nothing any more. One that has only said its last word still listens.
  void await_end() {
    socket_.async_wait(wait::wait_error,
                       [self = shared_from_this()](const asio::error_code& failure) {
                         if (!failure) self->end();
                       });
  }

  void answer(control_answer answer) {
    answered_ = true;
    after_ = answer.after;
    untold_ += to_bytes(answer);
    say();
  }

  void say() {
    waits_for_room_ = false;
    while (!untold_.empty()) {
      const auto size = ::send(socket_.native_handle(), untold_.data(), untold_.size(),
                               MSG_DONTWAIT | MSG_NOSIGNAL);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0 && errno == EAGAIN) return await_room();
      if (size < 0) return end();
      untold_.erase(0, static_cast<std::size_t>(size));
    }
    if (after_ == control_after::close) return end();
    deadline_.cancel();
  }

  void await_room() {
    waits_for_room_ = true;
    set_deadline(control_answer_timeout);
    socket_.async_wait(wait::wait_write,
                       [self = shared_from_this()](const asio::error_code& failure) {
                         if (!failure && !self->ended_) self->say();
                       });
  }

  void set_deadline(nanoseconds time) {
    deadline_.expires_after(time);
    deadline_.async_wait([self = shared_from_this()](const asio::error_code& failure) {
      if (!failure) self->end();
    });
  }

  void end() {
    if (std::exchange(ended_, true)) return;
    deadline_.cancel();
    socket_.close();
    if (lasts_) --server_.lasting_;
    server_.gone(shared_from_this());
  }

  control_server& server_;
  asio::posix::stream_descriptor socket_;
  asio::steady_timer deadline_;
  std::string asked_;
  http::parse_progress progress_;
  std::string untold_;
  control_after after_ = control_after::close;
  bool plain_ = false;
  bool answered_ = false;
  bool waits_for_room_ = false;
  bool lasts_ = false;
  bool ended_ = false;
};

inline void control_server::open() {
  if (!plan_.control) return;
  const int fd = ::fcntl(plan_.control->socket.get(), F_DUPFD_CLOEXEC, 3);
  SHOAL_CHECK(fd >= 0);  // the budget counted it
  listener_.assign(fd);
  await_client();
}

inline void control_server::await_client() {
  listener_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [this](const asio::error_code& failure) {
                         if (!failure) serve();
                       });
}

inline void control_server::serve() {
  while (true) {
    full_ = open_.size() >= most_control_connections;
    if (full_) return;
    descriptor client(
        ::accept4(listener_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!client && errno == EAGAIN) return await_client();
    if (!client && errno != EINTR && errno != ECONNABORTED) return retry_soon();
    if (!client) continue;
    open_.push_back(std::make_shared<control_connection>(*this, std::move(client)));
    const auto made = open_.back();
    made->start();
  }
}

/// There is no descriptor, or no memory.
inline void control_server::retry_soon() {
  retry_.expires_after(std::chrono::milliseconds(100));
  retry_.async_wait([this](const asio::error_code& failure) {
    if (!failure) serve();
  });
}

inline void control_server::gone(const std::shared_ptr<control_connection>& which) {
  open_.remove(which);
  if (std::exchange(full_, false) && listener_.is_open()) await_client();
}

inline void control_server::tell(const lifecycle_event& event) {
  const auto all = open_;  // who is left behind leaves the list
  for (const auto& each : all) each->tell(event);
}

}  // namespace shoal::cluster
