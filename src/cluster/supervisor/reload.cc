#include "cluster/supervisor/reload.h"

#include <algorithm>
#include <utility>

namespace shoal::cluster {

reload::reload(unsigned slots, const std::set<unsigned>& concerned, nanoseconds trial)
    : phases_(slots, phase::unconcerned), trial_(trial) {
  for (const unsigned slot : concerned) phases_[slot] = phase::booting;
}

reload::orders reload::begin(monotonic_time deadline) {
  deadline_ = deadline;
  return order_all(reload_action::fork);
}

reload::orders reload::order_all(reload_action what) const {
  orders out;
  for (unsigned s = 0; s < phases_.size(); ++s) {
    if (phases_[s] != phase::unconcerned) out.push_back({s, what});
  }
  return out;
}

reload::orders reload::booted(unsigned slot) {
  if (over_ || phases_[slot] != phase::booting) return {};
  phases_[slot] = phase::proving;
  return {{slot, reload_action::probe}};
}

reload::orders reload::proved(unsigned slot, monotonic_time now) {
  if (over_ || phases_[slot] != phase::proving) return {};
  phases_[slot] = phase::proved;
  const bool all = std::all_of(phases_.begin(), phases_.end(), [](phase p) {
    return p == phase::proved || p == phase::unconcerned;
  });
  if (!all) return {};
  return trial_ > nanoseconds::zero() ? begin_trial(now) : hand_over();
}

reload::orders reload::begin_trial(monotonic_time now) {
  on_trial_ = true;
  deadline_ = now + trial_;
  return order_all(reload_action::try_out);
}

reload::orders reload::judged(std::string why_not) {
  if (over_ || !on_trial_ || deadline_ != never) return {};
  return why_not.empty() ? hand_over() : give_up(std::move(why_not));
}

reload::orders reload::hand_over() {
  on_trial_ = false;
  handing_over_ = true;
  deadline_ = never;
  std::replace(phases_.begin(), phases_.end(), phase::proved, phase::taking_over);
  return order_all(reload_action::take_over);
}

reload::orders reload::failed(unsigned slot, std::string why) {
  const auto p = phases_[slot];
  if (over_ || p == phase::unconcerned || p == phase::serves || p == phase::lost) return {};
  if (!handing_over_) return give_up(std::move(why));
  phases_[slot] = phase::lost;
  if (failure_.empty()) failure_ = std::move(why);
  look_if_over();
  return {};
}

reload::orders reload::ready(unsigned slot) {
  if (over_ || phases_[slot] != phase::taking_over) return {};
  phases_[slot] = phase::serves;
  look_if_over();
  return {};
}

reload::orders reload::timer(monotonic_time now) {
  if (over_ || now < deadline_) return {};
  if (on_trial_) {
    deadline_ = never;
    return {{0, reload_action::judge}};
  }
  return give_up("a new process is not ready within its boot timeout");
}

reload::orders reload::call_off() {
  if (over_) return {};
  if (!handing_over_) return give_up("the cluster stops");
  failure_ = "the cluster stops";
  over_ = true;
  return {};
}

reload::orders reload::give_up(std::string why) {
  failure_ = std::move(why);
  over_ = true;
  deadline_ = never;
  return order_all(std::exchange(on_trial_, false) ? reload_action::take_back
                                                   : reload_action::kill);
}

void reload::look_if_over() noexcept {
  over_ = std::all_of(phases_.begin(), phases_.end(), [](phase p) {
    return p == phase::unconcerned || p == phase::serves || p == phase::lost;
  });
}

}  // namespace shoal::cluster
