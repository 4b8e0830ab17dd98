// Timers above any driver: intrusive, so starting one allocates nothing and cannot fail.
//
// A hierarchical wheel: 1 ms ticks, eight levels of 64 slots (all that the clock can tell), a
// bitmap for each level, so that the next deadline is found without walking and an idle loop sleeps
// until it. A timer never expires early, and at most one tick late; timers of one tick expire in
// the order they were started.
#pragma once

#include <array>
#include <cstdint>

#include "base/clock.h"
#include "base/intrusive_list.h"

namespace shoal::io {

class timer : public list_node {
 public:
  /// On the loop's thread, between the driver's outcomes and the next wait. The timer is not
  /// pending any more and may be started again.
  virtual void expired() noexcept = 0;

  [[nodiscard]] bool pending() const noexcept { return linked(); }

  /// When it was told to expire; of no meaning unless pending.
  [[nodiscard]] monotonic_time when() const noexcept { return when_; }

  // For the wheel, and nobody else (to g++, a friend could reach the destructor too).
  monotonic_time when_{};

 protected:
  timer() = default;
  ~timer() = default;
};

/// Threads: one. Cost: start and cancel are constant time; advance is constant for each timer that
/// expires and, seldom, for each that moves down a level.
class timer_wheel final {
 public:
  explicit timer_wheel(monotonic_time now) noexcept;

  /// Starts a timer that is not pending. A deadline in the past expires at the next advance().
  void start(timer&, monotonic_time when) noexcept;

  /// Nothing happens if it is not pending.
  void cancel(timer&) noexcept;

  /// The time at which advance() has something to do: never later than the first timer's tick, at
  /// times earlier (a cascade). `never` when no timer is pending.
  [[nodiscard]] monotonic_time next() const noexcept;

  /// Expires all whose time has come, in order. Timers started meanwhile with a deadline in the
  /// past wait for the next call. An earlier `now` than before counts as the same.
  void advance(monotonic_time now) noexcept;

  [[nodiscard]] bool empty() const noexcept;

 private:
  static constexpr int slot_bits = 6;
  static constexpr int slots = 1 << slot_bits;
  static constexpr int levels = 8;  // 48 bits; 2^63 ns are 2^43.1 ms

  // A timer of a tick to come is in the level of the highest digit (base 64) in which its tick
  // differs from tick_, in the slot which that digit names. Each turn of tick_ into a slot moves
  // the slot's timers down, so this stays true and tells cancel() where a timer is.
  struct position {
    int level;
    int slot;
  };
  [[nodiscard]] position position_of(std::uint64_t tick) const noexcept;

  [[nodiscard]] std::uint64_t tick_of(monotonic_time when) const noexcept;  // rounded up
  [[nodiscard]] monotonic_time time_of(std::uint64_t tick) const noexcept;

  [[nodiscard]] bool find_first(position&) const noexcept;
  [[nodiscard]] std::uint64_t first_tick(position) const noexcept;
  void place(timer&) noexcept;
  void enter(position, std::uint64_t tick) noexcept;

  monotonic_time origin_;
  std::uint64_t tick_ = 0;          // ticks since origin_ that have been expired
  intrusive_list<timer> due_;       // not later than tick_: expire at the next advance()
  intrusive_list<timer> expiring_;  // being expired
  std::array<std::uint64_t, levels> occupied_{};
  std::array<std::array<intrusive_list<timer>, slots>, levels> wheel_;
};

}  // namespace shoal::io
