#include "cluster/supervisor/upgrade.h"

#include <utility>

#include "cluster/supervisor/heritage.h"

namespace shoal::cluster {

upgrade_action upgrade::hello(std::string_view protocol) {
  if (phase_ != phase::starting) return upgrade_action::none;
  const auto ours = upgrade_protocol();
  if (protocol != ours) {
    return give_up("the new program takes over by \"" + std::string(protocol) +
                   "\", this one hands over by \"" + ours + "\"; stop one and start the other");
  }
  phase_ = phase::booting;
  return upgrade_action::bequeath;
}

upgrade_action upgrade::proved(monotonic_time deadline) noexcept {
  if (phase_ != phase::booting) return upgrade_action::none;
  deadline_ = deadline;
  phase_ = phase::handed_over;
  return upgrade_action::hand_over;
}

bool upgrade::ready() noexcept {
  if (phase_ != phase::handed_over) return false;
  phase_ = phase::done;
  deadline_ = never;
  return true;
}

void upgrade::failed(std::string why) {
  if (!over() && failure_.empty()) failure_ = std::move(why);
}

upgrade_action upgrade::ended(std::string how) {
  if (over()) return upgrade_action::none;
  const bool theirs = phase_ == phase::handed_over;
  if (failure_.empty()) failure_ = "the new program " + std::move(how);
  phase_ = phase::lost;
  deadline_ = never;
  return theirs ? upgrade_action::take_back : upgrade_action::none;
}

upgrade_action upgrade::timer(monotonic_time now) {
  if (over() || now < deadline_) return upgrade_action::none;
  return give_up("the new program does not serve within its time");
}

upgrade_action upgrade::call_off() {
  if (over() || phase_ == phase::handed_over) return upgrade_action::none;
  return give_up("the cluster stops");
}

/// Handed over or not: what follows its end is the same as after any other end of it.
upgrade_action upgrade::give_up(std::string why) {
  if (failure_.empty()) failure_ = std::move(why);
  deadline_ = never;
  if (phase_ != phase::handed_over) phase_ = phase::dying;
  return upgrade_action::kill;
}

}  // namespace shoal::cluster
