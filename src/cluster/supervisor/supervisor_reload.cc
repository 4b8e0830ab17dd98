// One generation after another: carries out what the machine of reload.h orders.
#include <algorithm>
#include <asio/post.hpp>
#include <set>
#include <string>
#include <utility>

#include "base/log.h"
#include "cluster/supervisor/probe.h"
#include "cluster/supervisor/supervisor_core.h"
#include "shm/slot_reader.h"

namespace shoal::cluster {
namespace {

/// How often wear is looked at, and how long it is let be after a successor that could not serve.
constexpr std::chrono::seconds recycling_look{1};
constexpr std::chrono::seconds recycling_pause{60};

/// For each slot. They have descriptors here, and memory.
constexpr std::size_t most_leavers = 8;

}  // namespace

bool supervisor::handing_over() const noexcept { return reloading() && reload_->handing_over(); }

void supervisor::want_reload(const std::set<unsigned>& which, reload_wishes::then then) {
  wishes_.add(which, std::move(then));
  if (handed_over()) return wishes_.refuse(is_replaced);
  if (upgrading()) return log_info("an upgrade is under way; if it fails, the reload follows it");
  if (reloading()) return log_info("a reload is under way; another one follows it");
  begin_reload();
}

void supervisor::begin_reload() { begin_reload(renew_()); }

void supervisor::begin_reload(result<generation_terms> terms) {
  const auto which = wishes_.begin();
  if (leavers_.size() >= most_leavers * slots_.size()) {
    return refuse_reload("too many processes from before have not finished yet");
  }
  if (!terms) return refuse_reload(terms.error().message);
  next_terms_ = std::move(terms).value();
  if (const auto can = prepare_trial(); !can) return refuse_reload(can.error().message);
  log_info("reload: new processes are started beside those that serve");
  record({.kind = event_kind::reload_begin});
  reload_.emplace(plan_.processes(), which, next_terms_.canary.length());
  reload_began_ = read_clock();
  manager_.reloading(reload_began_);
  carry_out(reload_->begin(reload_began_ + next_terms_.lifecycle.boot_timeout));
}

void supervisor::refuse_reload(const std::string& why) {
  log_error("reload refused, and the processes from before go on: " + why);
  manager_.reloading(read_clock());
  if (ready_told_) tell_manager_ready();  // it waits for the end of what it has asked for
  tell_reload_over(why);
}

void supervisor::carry_out(const reload::orders& orders) {
  if (!orders.empty()) begin_to(orders.front().what);
  for (const auto& order : orders) {
    // What one of them leads to may end the reload, and then forks have no meaning.
    if (reload_->over() && order.what == reload_action::fork) break;
    carry_out(slots_[order.slot], order.what);
  }
  set_reload_timer();
  if (reload_->over()) end_reload();
}

/// What is done once for all slots, before it is to each.
void supervisor::begin_to(reload_action what) {
  if (what == reload_action::try_out) begin_trial();
  if (what == reload_action::take_back) tell_trial_over(reload_->failure());
  if (what == reload_action::take_over) begin_generation();
}

void supervisor::carry_out(watched_slot& slot, reload_action what) {
  switch (what) {
    case reload_action::fork:
      // It takes them with it; who is started meanwhile in another's place keeps to the old ones.
      std::swap(plan_.terms, next_terms_);
      slot.successor = fork(slot, true);
      std::swap(plan_.terms, next_terms_);
      if (slot.successor == nullptr) carry_out(reload_->failed(slot.number, slot.last_failure));
      break;
    case reload_action::probe:
      ask(slot);
      break;
    case reload_action::try_out:
      try_out(slot);
      break;
    case reload_action::judge:
      judge_trial();
      break;
    case reload_action::take_over:
      take_over(slot);
      break;
    case reload_action::take_back:
      take_back(slot);
      break;
    case reload_action::kill:
      if (slot.successor == nullptr) break;
      slot.successor->kill();
      leavers_.push_back(std::exchange(slot.successor, nullptr));
      break;
  }
}

void supervisor::begin_generation() {
  if (inheriting_) {
    be_free();
    elder_->tell(note_kind::proved);
  }
  plan_.terms = next_terms_;
  // Whoever has read of the begin of a reload reads of its end, too.
  set_log_level(std::min(get_log_level(), plan_.terms.log));
  set_log_format(plan_.terms.log_as);
  plan_.segment.set_stall_warn(plan_.terms.balance.stall_warn);
  for (auto& slot : slots_) slot.life.change(plan_.terms.lifecycle);
  look_for_worn();
}

void supervisor::ask(watched_slot& slot) {
  probe::ask(context_, slot.successor->channel(),
             [this, &slot, asked = slot.successor](const std::string& why) {
               if (slot.successor != asked) return;  // it has ended, which has been heard of
               carry_out(why.empty() ? reload_->proved(slot.number, read_clock())
                                     : reload_->failed(slot.number, show(*asked) + ": " + why));
             });
}

void supervisor::take_over(watched_slot& slot) {
  auto current = std::exchange(slot.current, std::exchange(slot.successor, nullptr));
  slot.life.succeeded(read_clock() + vacate_timeout);
  set_timer(slot);
  dismiss(slot, std::move(current));
}

void supervisor::dismiss(watched_slot& slot, process which) {
  if (which != nullptr) leavers_.push_back(which);
  if (slot.before != nullptr) {  // the slots are still another's, and it was to have them
    if (which != nullptr) which->kill();
    return;
  }
  if (which == nullptr) return vacated(slot);
  slot.before = std::move(which);
  doors_.desk().left(slot.before->pid);
  slot.before->stays = true;
  slot.before->tell(note_kind::vacate);
  const auto patience = std::min(vacate_timeout, plan_.terms.lifecycle.drain_timeout);
  slot.before->after(patience, [this, &slot](watched_process& late) {
    if (&late == slot.before.get()) kill(late, " does not leave its slots");
  });
}

void supervisor::send_on(const watched_slot& slot) {
  for (const auto& leaver : leavers_) {
    if (leaver->who.process != slot.number || !std::exchange(leaver->stays, false)) continue;
    leaver->tell(note_kind::leave);
    leaver->accepts = true;
    kill_if_late(*leaver);
    settle_timer_.expires_after(leave_patience);
    settle_timer_.async_wait([this](const asio::error_code& failure) {
      if (!failure) look_if_settled(true);
    });
  }
}

void supervisor::look_if_settled(bool long_enough) {
  const auto awaited = [&](const watched_slot& slot) {
    return !long_enough && std::any_of(leavers_.begin(), leavers_.end(), [&](const process& p) {
      return p->who.process == slot.number && p->accepts;
    });
  };
  for (auto& slot : slots_) {
    if (!slot.unsettled || slot.life.state() != slot_state::ready || awaited(slot)) continue;
    slot.unsettled = false;
    settled(slot);
  }
  if (heir_unsettled_ && std::none_of(slots_.begin(), slots_.end(), awaited)) {
    heir_unsettled_ = false;
    heir_serves_alone();
  }
}

void supervisor::kill_if_late(watched_process& leaver) {
  leaver.after(plan_.terms.lifecycle.drain_timeout, [this](watched_process& late) {
    kill(late, " has not left within the drain timeout");
  });
}

void supervisor::vacated(watched_slot& slot) {
  slot.before = nullptr;
  if (handed_over()) {
    if (heir_) heir_->tell(note_kind::vacated, std::to_string(slot.number));
  } else {
    open(slot);
  }
}

void supervisor::open(watched_slot& slot) {
  if (slot.elsewhere || !slot.current || !slot.current->who.succeeds) return;
  slot.current->tell(note_kind::serve);
  if (!has_leavers(slot)) slot.current->tell(note_kind::alone);
}

bool supervisor::has_leavers(const watched_slot& slot) const noexcept {
  return elder_ != nullptr || std::any_of(leavers_.begin(), leavers_.end(), [&](const process& p) {
           return p->who.process == slot.number;
         });
}

void supervisor::end_reload() {
  if (reload_told_ == reload_began_) return;
  reload_told_ = reload_began_;
  plan_.trial = nullptr;
  if (inheriting_) {
    end_inheritance();
  } else {
    tell_how_it_went();
  }
  asio::post(context_, [this] {
    if (wishes_.any() && !reloading() && !upgrading() && !handed_over() && !stopping_) {
      begin_reload();
    }
  });
}

void supervisor::tell_how_it_went() {
  const auto took = show_elapsed(read_clock() - reload_began_);
  if (reload_->failure().empty()) {
    log_info("reload: new processes serve since " + took +
             " after its begin; those before finish what they have begun");
  } else if (reload_->handing_over()) {
    log_error("reload: not all new processes serve: " + reload_->failure());
  } else {
    log_error("reload failed, and the processes from before go on: " + reload_->failure());
  }
  tell_reload_over(reload_->failure());
  set_log_level(plan_.terms.log);
  if (ready_told_ && !stopping_) tell_manager_ready();
}

void supervisor::tell_reload_over(const std::string& failure) {
  ++reloads_;
  reload_failure_ = failure;
  record({.kind = event_kind::reload_end, .text = failure});
  wishes_.ended(failure);
}

/// One at a time, and none while anything else happens. Without limits nobody looks.
void supervisor::look_for_worn() {
  const auto now = read_clock();
  const auto& limits = plan_.terms.recycling;
  if (stopping_ || handed_over() || !limits.any()) return;
  const bool quiet = !reloading() && !upgrading() && now >= recycles_again_;
  for (auto& slot : slots_) {
    if (!quiet) break;
    if (slot.life.state() != slot_state::ready || slot.before) continue;
    const auto why = why_recycled(limits, wear_of(slot));
    if (why.empty()) continue;
    log_info(show(*slot.current) + " is recycled: " + why);
    wishes_.add({slot.number}, [this](const std::string& failure) {
      if (!failure.empty()) recycles_again_ = read_clock() + recycling_pause;
    });
    auto same = plan_.terms;  // nobody has asked that a file be read again
    same.canary = {};         // nor is there anything to try
    begin_reload(std::move(same));
    break;
  }
  recycle_timer_.expires_after(recycling_look);
  recycle_timer_.async_wait([this](const asio::error_code& failure) {
    if (!failure) look_for_worn();
  });
}

process_wear supervisor::wear_of(const watched_slot& slot) const {
  process_wear out{.pid = slot.current->pid, .age = read_clock() - slot.current->since};
  for (unsigned w = 0; w < plan_.workers_of(slot.number); ++w) {
    const auto view = shm::read_slot(plan_.segment.slot(plan_.first_worker_of(slot.number) + w));
    out.requests += view.requests_total;
    out.resident_bytes = std::max(out.resident_bytes, view.resident_bytes);
  }
  return out;
}

void supervisor::set_reload_timer() {
  reload_timer_.expires_at(reload_->deadline());
  if (reload_->deadline() == never) return;
  reload_timer_.async_wait([this](const asio::error_code& failure) {
    if (!failure) carry_out(reload_->timer(read_clock()));
  });
}

}  // namespace shoal::cluster
