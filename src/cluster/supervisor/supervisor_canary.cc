// New processes are tried on a share of what comes before they take over: carries out what the
// machine of reload.h orders for that.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "base/log.h"
#include "cluster/options/units.h"
#include "cluster/supervisor/supervisor_core.h"

namespace shoal::cluster {

result<void> supervisor::prepare_trial() {
  if (next_terms_.canary.length() <= nanoseconds::zero()) return {};
  auto table = shm::trial_table::create(plan_.placement.worker_count());
  if (!table) return table.error();
  plan_.trial = std::make_shared<shm::trial_table>(std::move(table).value());
  return {};
}

void supervisor::begin_trial() {
  const auto& terms = next_terms_.canary;
  log_info("canary: the new processes get " + std::to_string(terms.share_percent) +
           " % of all connections for " + show_elapsed(terms.window));
  record({.kind = event_kind::canary_begin});
  before_trial_ = count_all();
}

void supervisor::try_out(watched_slot& slot) {
  slot.successor->tell(note_kind::trial);
  doors_.desk().tries(slot.number, slot.successor->pid, slot.successor->channel());
  share(slot);
}

/// With its successor, what the process of the slot has; one that is started again too.
void supervisor::share(watched_slot& slot) {
  if (!reloading() || !reload_->on_trial() || !slot.successor || !slot.current) return;
  slot.current->tell(note_kind::share, std::to_string(next_terms_.canary.share_percent));
}

void supervisor::judge_trial() {
  const auto tried = count_tried();
  auto rest = count_all();
  rest.subtract(before_trial_);
  rest.subtract(tried);
  unsigned workers = 0;
  for (const auto& slot : slots_) {
    if (slot.successor) workers += plan_.workers_of(slot.number);
  }
  auto verdict = judge(tried, rest, next_terms_.canary, workers);
  log_info("canary: " + verdict.told);
  if (verdict.failure.empty()) tell_trial_over(verdict.told);
  carry_out(reload_->judged(std::move(verdict.failure)));
}

void supervisor::tell_trial_over(const std::string& how) {
  record({.kind = event_kind::canary_end, .text = how});
}

/// Of those that are on trial.
trial_counts supervisor::count_tried() {
  trial_counts out;
  for (const auto& slot : slots_) {
    if (!slot.successor) continue;
    const auto first = plan_.first_worker_of(slot.number);
    for (unsigned w = first; w < first + plan_.workers_of(slot.number); ++w) {
      out.add(plan_.trial->of(w).all, plan_.trial->of(w).now);
    }
    out.unanswered += doors_.desk().on_way_to(slot.successor->pid);  // somebody has stopped it
  }
  return out;
}

/// Of the slots that they are to have, whoever has answered there.
trial_counts supervisor::count_all() const {
  trial_counts out;
  for (const auto& slot : slots_) {
    if (!slot.successor) continue;
    const auto first = plan_.first_worker_of(slot.number);
    for (unsigned w = first; w < first + plan_.workers_of(slot.number); ++w) {
      out.add(plan_.overview->tallies.of(w), plan_.segment.slot(w));
    }
  }
  return out;
}

/// What it has goes where it came from, between two requests; what it has begun it ends.
void supervisor::take_back(watched_slot& slot) {
  if (slot.current) slot.current->tell(note_kind::share, "0");
  const auto tried = std::exchange(slot.successor, nullptr);
  if (tried == nullptr) return;
  leavers_.push_back(tried);
  doors_.desk().left(tried->pid);
  tried->tell(note_kind::leave);
  const auto patience = std::min(vacate_timeout, plan_.terms.lifecycle.drain_timeout);
  tried->after(patience, [this](watched_process& late) {
    if (!late.has_vacated) return kill(late, " does not give back what it has");
    kill_if_late(late);
  });
}

}  // namespace shoal::cluster
