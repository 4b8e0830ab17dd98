// One event loop for each worker thread. Loops share nothing but messages.
//
// A turn: wait in the driver, tell the observer that the turn began, deliver outcomes, expire
// timers, run what is ready, take messages from other threads, tell the observer that it ended.
#pragma once

#include <atomic>

#include "base/clock.h"
#include "base/intrusive_list.h"
#include "io/driver.h"
#include "io/timer.h"

namespace shoal::io {

/// Something to run on the loop's own thread, later in this turn or in the next.
class runnable : public list_node {
 public:
  virtual void run() noexcept = 0;

 protected:
  ~runnable() = default;
};

/// Something that another thread sends to a loop. Whoever sends it gives it away: it must stay
/// until deliver(), which may end it.
class message {
 public:
  virtual void deliver() noexcept = 0;  ///< on the receiving loop's thread

  message* next_ = nullptr;  // for the loop, and nobody else

 protected:
  ~message() = default;
};

/// Something that lives beside a loop, on its thread, and must know when the loop ends.
class loop_guest : public list_node {
 public:
  /// Inside the loop's destructor, when no turn comes any more; the driver is still there. It is
  /// no guest any longer and may end in here.
  virtual void loop_ended() noexcept = 0;

 protected:
  ~loop_guest() = default;
};

/// Told about every turn; publishes the load slot. Costs count for every turn: a few stores.
class turn_observer {
 public:
  virtual void turn_began(monotonic_time now) noexcept = 0;  ///< before any handler runs
  virtual void turn_ended() noexcept = 0;                    ///< before the loop waits again

 protected:
  ~turn_observer() = default;
};

/// Threads: the one that made it, but for post(), stop() and wake(), which are const.
class loop final {
 public:
  explicit loop(driver&) noexcept;
  ~loop();  ///< messages that it has not taken are not delivered
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;

  /// The loop whose turn this thread is in, or nullptr. A coroutine belongs to the thread that
  /// started it, so sleep() and its like find their loop here instead of in every signature.
  [[nodiscard]] static loop* current() noexcept;

  /// Runs turns until stop().
  void run() noexcept;

  /// One turn that waits at most until `until`. For tests, and for loops inside other loops.
  void run_turn(monotonic_time until = never) noexcept;

  /// Ends run() after the current turn, or the next run() at once if none is under way; what is in
  /// flight stays in flight. Any thread.
  void stop() const noexcept;

  /// Runs `task` once, before the loop waits again or in the next turn. First in, first out; a
  /// task that defers itself does not keep the loop from its driver.
  void defer(runnable& task) noexcept;

  /// Delivers `m` in a later turn and wakes the loop if it sleeps. Any thread; order is kept for
  /// each sender.
  void post(message& m) const noexcept;

  void start(timer& t, monotonic_time when) noexcept { timers_.start(t, when); }
  void cancel(timer& t) noexcept { timers_.cancel(t); }

  [[nodiscard]] monotonic_time now() const noexcept { return driver_.now(); }
  [[nodiscard]] driver& io() noexcept { return driver_; }

  /// Until the guest leaves (unlink()) or the loop ends.
  void host(loop_guest& guest) noexcept { guests_.push_back(guest); }

  void observe(turn_observer* observer) noexcept { observer_ = observer; }

 private:
  void run_ready() noexcept;
  void take_messages() noexcept;

  driver& driver_;
  timer_wheel timers_;
  intrusive_list<runnable> ready_;
  intrusive_list<loop_guest> guests_;
  turn_observer* observer_ = nullptr;
  mutable std::atomic<message*> inbox_{nullptr};  // last in, first out; reversed when taken
  mutable std::atomic<bool> stopping_{false};
};

}  // namespace shoal::io
