#include "cluster/supervisor/lifecycle.h"

#include <algorithm>

#include "base/check.h"

namespace shoal::cluster {

slot_action slot_lifecycle::fork(monotonic_time now) noexcept {
  state_ = slot_state::booting;
  deadline_ = now + options_.boot_timeout;
  ready_since_ = never;
  return slot_action::fork;
}

slot_action slot_lifecycle::start(monotonic_time now) noexcept {
  SHOAL_CHECK(state_ == slot_state::idle);
  return fork(now);
}

slot_action slot_lifecycle::became_ready(monotonic_time now) noexcept {
  if (state_ != slot_state::booting) return slot_action::none;  // stopped meanwhile
  state_ = slot_state::ready;
  ready_since_ = now;
  deadline_ = never;
  return slot_action::none;
}

slot_action slot_lifecycle::exited(monotonic_time now, end_kind end) noexcept {
  if (state_ == slot_state::draining) {
    state_ = slot_state::stopped;
    deadline_ = never;
    return slot_action::none;
  }
  SHOAL_CHECK(state_ == slot_state::booting || state_ == slot_state::ready);
  if (end == end_kind::forgone) {
    state_ = slot_state::given_up;
    deadline_ = never;
    return slot_action::none;
  }
  if (state_ == slot_state::booting) return boot_failed(now);
  if (end == end_kind::failed) {
    ++failures_;
    return wait(now);
  }
  const bool healthy = now - ready_since_ >= options_.healthy_after;
  if (healthy) failures_ = 0;
  if (healthy || end != end_kind::crashed) return fork(now);
  ++failures_;
  return wait(now);
}

slot_action slot_lifecycle::boot_failed(monotonic_time now) noexcept {
  ++failures_;
  std::erase_if(recent_, [&](monotonic_time t) { return now - t > options_.failure_period; });
  recent_.push_back(now);
  if (recent_.size() <= options_.failure_limit) return wait(now);
  state_ = slot_state::given_up;
  deadline_ = never;
  return slot_action::give_up;
}

slot_action slot_lifecycle::wait(monotonic_time now) noexcept {
  state_ = slot_state::waiting;
  deadline_ = now + delay();
  return slot_action::none;
}

nanoseconds slot_lifecycle::delay() const noexcept {
  auto d = options_.delay;
  for (unsigned i = 1; i < failures_ && d < options_.delay_limit; ++i) d *= 2;
  return std::min(d, options_.delay_limit);
}

void slot_lifecycle::succeeded(monotonic_time begin) noexcept {
  SHOAL_CHECK(!over() && state_ != slot_state::draining);
  state_ = slot_state::booting;
  deadline_ = begin + options_.boot_timeout;
  ready_since_ = never;
  failures_ = 0;
  recent_.clear();
}

void slot_lifecycle::handed_over() noexcept {
  state_ = slot_state::stopped;
  deadline_ = never;
}

slot_action slot_lifecycle::stop(monotonic_time now) noexcept {
  switch (state_) {
    case slot_state::booting:
    case slot_state::ready:
      state_ = slot_state::draining;
      deadline_ = now + options_.drain_timeout;
      return slot_action::drain;
    case slot_state::idle:
    case slot_state::waiting:
      state_ = slot_state::stopped;
      deadline_ = never;
      return slot_action::none;
    default:
      return slot_action::none;
  }
}

slot_action slot_lifecycle::stop_now(monotonic_time now) noexcept {
  stop(now);
  if (state_ != slot_state::draining) return slot_action::none;
  deadline_ = never;
  return slot_action::kill;
}

slot_action slot_lifecycle::timer(monotonic_time now) noexcept {
  if (now < deadline_) return slot_action::none;
  deadline_ = never;
  if (state_ == slot_state::waiting) return fork(now);
  return alive() ? slot_action::kill : slot_action::none;
}

bool slot_lifecycle::alive() const noexcept {
  return state_ == slot_state::booting || state_ == slot_state::ready ||
         state_ == slot_state::draining;
}

bool slot_lifecycle::over() const noexcept {
  return state_ == slot_state::stopped || state_ == slot_state::given_up;
}

const char* name_of(slot_state state) noexcept {
  switch (state) {
    case slot_state::idle:
      return "idle";
    case slot_state::booting:
      return "booting";
    case slot_state::ready:
      return "ready";
    case slot_state::draining:
      return "draining";
    case slot_state::waiting:
      return "waiting";
    case slot_state::stopped:
      return "stopped";
    case slot_state::given_up:
      return "given up";
  }
  return "?";
}

}  // namespace shoal::cluster
