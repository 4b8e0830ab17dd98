// A node process as the supervisor's loop sees it: its notes, its end, and what it has to be told.
// Includes asio, for the supervisor's files alone.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <cerrno>
#include <deque>
#include <memory>
#include <utility>

#include "cluster/blueprint.h"
#include "cluster/channel.h"
#include "cluster/end_of_process.h"
#include "cluster/fork_process.h"

namespace shoal::cluster {

class watched_process;

/// From its end to its burial (end_of_process.h).
constexpr nanoseconds buried_after = std::chrono::seconds(1);

class process_watcher {
 public:
  virtual void heed(watched_process& from, note&& what) = 0;
  /// It is forgotten after this.
  virtual void ended(watched_process& which, int status) = 0;

 protected:
  ~process_watcher() = default;
};

/// Asio's handlers keep it alive: who has ended is not touched by one that was already due.
class watched_process final : public std::enable_shared_from_this<watched_process> {
 public:
  watched_process(asio::io_context& context, forked_process&& forked, const process_identity& is,
                  process_watcher& heard_by)
      : who(is),
        pid(forked.pid),
        watcher_(heard_by),
        end_(context, forked.pidfd.release()),
        channel_(context, forked.channel.release()),
        timer_(context) {}
  ~watched_process() {
    if (ended_) bury(pid);
  }
  watched_process(const watched_process&) = delete;
  watched_process& operator=(const watched_process&) = delete;

  const process_identity who;
  const pid_t pid;
  const monotonic_time since = read_clock();
  bool leaving = false;  ///< it said that it goes because somebody told it to
  bool killed = false;   ///< by us, and the log says why

  void watch() {
    await_end();
    await_note();
  }

  [[nodiscard]] int channel() noexcept { return channel_.native_handle(); }

  /// In order. What finds no room goes when there is some, and false is the answer.
  bool tell(note_kind what) {
    untold_.push_back(what);
    if (untold_.size() == 1) say();
    return untold_.empty();
  }

  void kill() noexcept {
    killed = true;
    ::kill(pid, SIGKILL);
  }

  template <typename Then>
  void after(nanoseconds time, Then then) {
    timer_.expires_after(time);
    timer_.async_wait([self = shared_from_this(), then](const asio::error_code& failure) {
      if (!failure && !self->ended_) then(*self);
    });
  }

 private:
  void say() {
    while (!untold_.empty() && send_note(channel(), untold_.front())) untold_.pop_front();
    if (untold_.empty() || errno != EAGAIN) return;  // else the process is gone, and its end comes
    channel_.async_wait(asio::posix::stream_descriptor::wait_write,
                        [self = shared_from_this()](const asio::error_code& failure) {
                          if (!failure && !self->ended_) self->say();
                        });
  }

  void await_end() {
    end_.async_wait(asio::posix::stream_descriptor::wait_read,
                    [self = shared_from_this()](const asio::error_code& failure) {
                      if (!failure) self->end();
                    });
  }

  void await_note() {
    channel_.async_wait(asio::posix::stream_descriptor::wait_read,
                        [self = shared_from_this()](const asio::error_code& failure) {
                          if (!failure && !self->ended_ && self->read_notes()) self->await_note();
                        });
  }

  /// False once the process has closed its end; its pidfd says the rest.
  bool read_notes() {
    while (auto received = take_note(channel())) {
      if (received->kind == note_kind::closed) return false;
      watcher_.heed(*this, std::move(*received));
    }
    return true;
  }

  void end() {
    read_notes();  // its last words
    const auto status = status_of_ended(pid);
    if (!status) return await_end();
    ended_ = true;
    end_.close();
    watcher_.ended(*this, *status);
    channel_.close();
    timer_.expires_after(buried_after);  // nothing else is awaited of it any more
    timer_.async_wait([self = shared_from_this()](const asio::error_code&) {});
  }

  process_watcher& watcher_;
  asio::posix::stream_descriptor end_;
  asio::posix::stream_descriptor channel_;
  asio::steady_timer timer_;
  std::deque<note_kind> untold_;
  bool ended_ = false;
};

}  // namespace shoal::cluster
