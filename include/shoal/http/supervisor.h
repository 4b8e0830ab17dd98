#pragma once

#include <stdexcept>

#include "shoal/http/message.h"
#include "shoal/http/worker.h"

namespace shoal {

/// What the app's own functions in the supervisor are given: app.on_supervisor_message(),
/// on_supervisor_ask() and app.on_event(). They run on its one thread, between two things that it
/// does, and must not block: meanwhile nobody is started again, and no connection moves.
///
/// Lifetime  the supervisor's
class supervisor final {
 public:
  supervisor() = default;
  supervisor(const supervisor&) = delete;
  supervisor& operator=(const supervisor&) = delete;

  // Messages (docs/messages.md). They throw std::logic_error for a T that has no on_message(), or
  // where the app knows no messages at all.

  /// How many workers the cluster has; their numbers are 0 .. workers() - 1.
  [[nodiscard]] unsigned workers() const { return outbox().workers(); }

  /// To worker `to`, also while it is started again: then the next one reads it. False: its queue
  /// is full and it does not get this. The supervisor never waits: try again with what comes next.
  /// Throws std::out_of_range if there is no such worker.
  template <message T>
  [[nodiscard]] bool send(unsigned to, const T& what) {
    return http::send_by(outbox(), to, what);
  }

  /// Likewise, with a duplicate of the file descriptor `fd`, for a T whose handler takes one. False
  /// also where as many are on their way as the kernel allows. Throws std::system_error if `fd` is
  /// not open. Cost: two system calls more, and one of the receiver's.
  template <message T>
  [[nodiscard]] bool send(unsigned to, const T& what, int fd) {
    return http::send_by(outbox(), to, what, fd);
  }

  /// To all workers. How many do not get it, since their queues are full.
  template <message T>
  [[nodiscard]] unsigned broadcast(const T& what) {
    return http::send_to_all_by(outbox(), what);
  }

  /// For cluster and tests: takes what is sent. nullptr: nobody does any more.
  void use(http::outbox* outbox) noexcept { outbox_ = outbox; }

 private:
  [[nodiscard]] http::outbox& outbox() const {
    if (outbox_ != nullptr) return *outbox_;
    throw std::logic_error("shoal: no messages here: the app has no on_message()");
  }

  http::outbox* outbox_ = nullptr;
};

}  // namespace shoal
