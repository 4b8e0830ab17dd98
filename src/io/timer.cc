#include "io/timer.h"

#include <algorithm>
#include <bit>

namespace shoal::io {
namespace {

constexpr std::uint64_t tick_ns = 1'000'000;

}  // namespace

timer_wheel::timer_wheel(monotonic_time now) noexcept : origin_(now) {}

void timer_wheel::start(timer& t, monotonic_time when) noexcept {
  t.when_ = when;
  place(t);
}

void timer_wheel::cancel(timer& t) noexcept {
  if (!t.pending()) return;
  t.unlink();
  const std::uint64_t tick = tick_of(t.when_);
  if (tick <= tick_) return;  // it was in due_ or expiring_
  const auto [level, slot] = position_of(tick);
  if (wheel_[level][slot].empty()) occupied_[level] &= ~(std::uint64_t{1} << slot);
}

monotonic_time timer_wheel::next() const noexcept {
  if (!due_.empty()) return time_of(tick_);
  position first;
  return find_first(first) ? time_of(first_tick(first)) : never;
}

void timer_wheel::advance(monotonic_time now) noexcept {
  const std::uint64_t elapsed =
      now <= origin_ ? 0 : static_cast<std::uint64_t>((now - origin_).count()) / tick_ns;
  const std::uint64_t target = std::max(tick_, elapsed);

  position first;
  while (find_first(first)) {
    const std::uint64_t tick = first_tick(first);
    if (tick > target) break;
    enter(first, tick);
  }
  tick_ = target;

  expiring_.splice_back(due_);
  while (timer* t = expiring_.pop_front()) t->expired();
}

bool timer_wheel::empty() const noexcept {
  position ignored;
  return due_.empty() && expiring_.empty() && !find_first(ignored);
}

timer_wheel::position timer_wheel::position_of(std::uint64_t tick) const noexcept {
  const int highest_bit = static_cast<int>(std::bit_width(tick ^ tick_)) - 1;
  const int level = highest_bit / slot_bits;
  return {level, static_cast<int>(tick >> (level * slot_bits)) & (slots - 1)};
}

std::uint64_t timer_wheel::tick_of(monotonic_time when) const noexcept {
  if (when <= origin_) return 0;
  return (static_cast<std::uint64_t>((when - origin_).count()) + tick_ns - 1) / tick_ns;
}

monotonic_time timer_wheel::time_of(std::uint64_t tick) const noexcept {
  // A tick is rounded up, so the last one may lie behind the end of the clock.
  const auto ticks_left = static_cast<std::uint64_t>((never - origin_).count()) / tick_ns;
  if (tick > ticks_left) return never;
  return origin_ + nanoseconds{static_cast<std::int64_t>(tick * tick_ns)};
}

/// The slot that comes first. All of a level lies within one slot of the next higher level that
/// tick_ is in, and after tick_: so the lowest level comes first, and in it the lowest slot.
bool timer_wheel::find_first(position& first) const noexcept {
  for (int level = 0; level < levels; ++level) {
    if (occupied_[level] == 0) continue;
    first = {level, std::countr_zero(occupied_[level])};
    return true;
  }
  return false;
}

std::uint64_t timer_wheel::first_tick(position p) const noexcept {
  const int shift = p.level * slot_bits;
  const std::uint64_t higher_digits = tick_ >> (shift + slot_bits) << (shift + slot_bits);
  return higher_digits | static_cast<std::uint64_t>(p.slot) << shift;
}

void timer_wheel::place(timer& t) noexcept {
  const std::uint64_t tick = tick_of(t.when_);
  if (tick <= tick_) {
    due_.push_back(t);
    return;
  }
  const auto [level, slot] = position_of(tick);
  wheel_[level][slot].push_back(t);
  occupied_[level] |= std::uint64_t{1} << slot;
}

/// Turns into the first occupied slot: its timers become due or move to lower levels.
void timer_wheel::enter(position p, std::uint64_t tick) noexcept {
  tick_ = tick;
  occupied_[p.level] &= ~(std::uint64_t{1} << p.slot);
  intrusive_list<timer> timers;
  timers.splice_back(wheel_[p.level][p.slot]);
  while (timer* t = timers.pop_front()) place(*t);
}

}  // namespace shoal::io
