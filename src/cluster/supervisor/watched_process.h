// A child of the supervisor as its loop sees it: its notes, its end, and what it has to be told.
// Includes asio, for the supervisor's files alone.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <utility>

#include "cluster/blueprint.h"
#include "cluster/supervisor/end_of_process.h"
#include "cluster/supervisor/fork_process.h"
#include "cluster/supervisor/note_line.h"

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
        line_(std::make_shared<note_line>(context, std::move(forked.channel))),
        timer_(context) {}
  ~watched_process() {
    if (ended_) bury(pid);
  }
  watched_process(const watched_process&) = delete;
  watched_process& operator=(const watched_process&) = delete;

  const process_identity who;
  const pid_t pid;
  const monotonic_time since = read_clock();
  bool leaving = false;      ///< it said that it goes because somebody told it to
  bool killed = false;       ///< by us, and the log says why
  bool stays = false;        ///< another succeeds it, and does not serve yet
  bool accepts = false;      ///< it does, and this one may not have heard of it yet
  bool has_vacated = false;  ///< it was told to leave, or to vacate its slots, and does

  void watch() {
    await_end();
    line_->listen([this](note&& what) {
      if (what.kind != note_kind::closed) watcher_.heed(*this, std::move(what));
    });
  }

  [[nodiscard]] int channel() noexcept { return line_->channel(); }

  /// In order. What finds no room goes when there is some, and false is the answer.
  bool tell(note_kind what, std::string text = {}, descriptor beside = {}) {
    return line_->tell(what, std::move(text), std::move(beside));
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
  void await_end() {
    end_.async_wait(asio::posix::stream_descriptor::wait_read,
                    [self = shared_from_this()](const asio::error_code& failure) {
                      if (!failure) self->end();
                    });
  }

  void end() {
    line_->read();  // its last words
    const auto status = status_of_ended(pid);
    if (!status) return await_end();
    ended_ = true;
    end_.close();
    watcher_.ended(*this, *status);
    line_->close();
    timer_.expires_after(buried_after);  // nothing else is awaited of it any more
    timer_.async_wait([self = shared_from_this()](const asio::error_code&) {});
  }

  process_watcher& watcher_;
  asio::posix::stream_descriptor end_;
  const std::shared_ptr<note_line> line_;
  asio::steady_timer timer_;
  bool ended_ = false;
};

}  // namespace shoal::cluster
