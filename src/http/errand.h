// A handler on its way through the compute pool: the job that carries one stretch of it there.
#pragma once

#include <atomic>
#include <condition_variable>
#include <coroutine>
#include <exception>
#include <mutex>
#include <utility>

#include "compute/executor.h"
#include "compute/job.h"
#include "shoal/coro/away.h"
#include "shoal/http/response.h"

namespace shoal::http {

struct endpoint;
class suspended_exchange;

/// Holds a loop where it is, so that code on another thread may use what belongs to it.
class standstill final : private io::message {
 public:
  /// On the other thread: returns true when the loop stands, until let_go(). False: it did not
  /// come to it in five seconds; it may be waiting for us.
  [[nodiscard]] bool hold(const io::loop& which);
  void let_go() noexcept;
  [[nodiscard]] bool holds() const noexcept { return holds_; }

 private:
  void deliver() noexcept override;

  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  bool stands_ = false;
  bool go_on_ = false;
  bool given_up_ = false;  // nobody waits for the message that is still on its way

  bool holds_ = false;  // the other thread's
};

/// Threads: the home loop's, but for run(). The exchange owns it, and stays until it is home.
class errand final : public compute::job {
 public:
  explicit errand(suspended_exchange& of) noexcept;

  /// For a request whose handler has not begun. False: the executor is full, and nothing happened.
  [[nodiscard]] bool begin(compute::executor& by, const endpoint& target) noexcept;
  /// For one that goes on.
  [[nodiscard]] bool go_on(std::coroutine_handle<> next) noexcept;

  /// What go_on() was given, if it was refused.
  [[nodiscard]] std::coroutine_handle<> take_next() noexcept {
    return std::exchange(next_, nullptr);
  }

  /// Until when a thread must have taken it, as long as none has; `never`: nobody waits for one.
  [[nodiscard]] monotonic_time awaited_until() const noexcept {
    return begun_.load(std::memory_order_relaxed) ? never : latest_start;
  }

  /// Nothing left of the request before.
  void reset() noexcept;

  // After it has come home.
  [[nodiscard]] bool finished() const noexcept { return finished_; }
  void arrive(bool abandoned) noexcept { stretch_.arrive(abandoned); }
  /// What the handler has answered or thrown, away.
  [[nodiscard]] bool has_answer() const noexcept { return answered_ || failure_ != nullptr; }
  [[nodiscard]] response take_answer();
  [[nodiscard]] bool needed_home() const noexcept { return needed_home_; }

  /// Away, by its handler. Throws std::logic_error if the route says run::offload.
  void need_home();

  /// The handler has finished, away.
  void finish() noexcept { finished_ = true; }

 private:
  void run() noexcept override;
  void deliver() noexcept override;
  void call_handler();
  void take_answer_along();

  suspended_exchange& of_;
  shoal::detail::stretch stretch_;
  compute::executor* by_ = nullptr;
  const endpoint* target_ = nullptr;
  std::coroutine_handle<> next_;
  response made_;
  std::exception_ptr failure_;
  standstill home_;
  std::atomic<bool> begun_{true};  ///< or not on its way; a hint
  bool used_ = false;              ///< since the last reset(), which most requests need not pay for
  bool finished_ = false;
  bool answered_ = false;
  bool needed_home_ = false;
};

}  // namespace shoal::http
