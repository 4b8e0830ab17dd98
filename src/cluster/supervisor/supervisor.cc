// What happens to processes: their lives, their words and their ends.
#include "cluster/supervisor/supervisor.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <asio/post.hpp>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "cluster/node/node_process.h"
#include "cluster/supervisor/fork_process.h"
#include "cluster/supervisor/supervisor_core.h"
#include "shm/slot_writer.h"
#include "topology/oom_kills.h"

namespace shoal::cluster {

supervisor::supervisor(blueprint& plan, const renew_terms& renew, const lifecycle_hooks& hooks)
    : plan_(plan),
      renew_(renew),
      hooks_(hooks),
      signals_(context_),
      weigher_(plan, context_),
      doors_(plan, context_),
      duties_(plan, context_, [this] { tell_duties(); }),
      mail_(plan, context_),
      control_(plan, context_, *this),
      reload_timer_(context_),
      watchdog_timer_(context_),
      upgrade_timer_(context_),
      drain_timer_(context_),
      recycle_timer_(context_),
      settle_timer_(context_) {
  for (const char* const name : service_manager::variables) ::unsetenv(name);
  for (unsigned p = 0; p < plan.processes(); ++p) {
    slots_.emplace_back(p, plan.terms.lifecycle, context_);
  }
  for (const int signal : supervisor_signals) signals_.add(signal);
}

int supervisor::run() {
  await_signal();
  mail_.open();
  plan_.segment.set_stall_warn(plan_.terms.balance.stall_warn);
  if (plan_.elder) {
    begin_inheritance();
  } else {
    have_sockets_kept();
    take_up();
    for (auto& slot : slots_) act(slot, slot.life.start(read_clock()));
  }
  serve_until_stopped();
  mail_.read_the_last();
  log_all_sums();
  return code_;
}

/// Asio's wait for a moment looks at the clock once a second; without one it sleeps.
void supervisor::serve_until_stopped() {
  while (!context_.stopped()) {
    const auto sum = next_log_sum();
    if (sum == never) {
      context_.run_one();
    } else {
      context_.run_one_until(sum);
      log_sums_due();
    }
  }
}

void supervisor::take_up() {
  taken_up_ = true;
  plan_.steering->attach(plan_.sockets.groups());  // falls to a lesser one where it is refused
  plan_.segment.set_dispatch(plan_.steering->show());
  weigher_.start();
  doors_.open();
  control_.open();
  look_for_worn();
}

void supervisor::act(watched_slot& slot, slot_action action) {
  switch (action) {
    case slot_action::none:
      break;
    case slot_action::fork:
      slot.current = fork(slot, has_leavers(slot));
      if (slot.current == nullptr) lost(slot, end_kind::crashed);
      if (slot.before == nullptr) open(slot);
      break;
    case slot_action::drain:
      drain(*slot.current);
      break;
    case slot_action::kill:
      kill(slot);
      break;
    case slot_action::give_up:
      give_up(slot);
      break;
  }
  set_timer(slot);
  end_if_over();
}

supervisor::process supervisor::fork(watched_slot& slot, bool succeeds) {
  const auto who = slot.next_identity(succeeds);
  std::vector<int> keep = plan_.inherited;
  keep.push_back(plan_.steering->board().bell_fd());
  if (plan_.post) plan_.post->keep_open(keep);
  const auto first = plan_.first_worker_of(slot.number);
  for (unsigned w = first; w < first + plan_.workers_of(slot.number); ++w) {
    for (const auto& socket : plan_.sockets.of(w)) keep.push_back(socket.get());
  }
  context_.notify_fork(asio::io_context::fork_prepare);
  auto forked =
      fork_process(keep, [&](int channel) { return run_node_process(plan_, who, channel); });
  context_.notify_fork(asio::io_context::fork_parent);
  if (!forked) {
    slot.last_failure = forked.error().message;
    return nullptr;
  }
  auto made = std::make_shared<watched_process>(context_, std::move(forked).value(), who,
                                                static_cast<process_watcher&>(*this));
  made->watch();
  record(event_kind::fork, *made);
  return made;
}

void supervisor::drain(watched_process& which) {
  // Where the channel is full of connections, the signal says it as well.
  if (!which.tell(note_kind::drain)) ::kill(which.pid, SIGTERM);
}

void supervisor::kill(watched_slot& slot) {
  std::string why = " has not drained within its timeout";
  if (hurried_) why = " is stopped at once";
  if (slot.life.state() == slot_state::booting) {
    why = " is not ready within its boot timeout";
    slot.last_failure = "it" + why;
  }
  kill(*slot.current, why);
}

void supervisor::kill(watched_process& which, const std::string& why) {
  if (which.killed) return;
  log_warning(show(which) + why + "; killed");
  which.kill();
}

void supervisor::give_up(watched_slot& slot) {
  const auto& limits = plan_.terms.lifecycle;
  const auto period = std::chrono::duration_cast<std::chrono::seconds>(limits.failure_period);
  log_error("node " + std::to_string(slot.number) + " has failed to boot more than " +
            std::to_string(limits.failure_limit) + " times in " + std::to_string(period.count()) +
            " s; the cluster gives up" +
            (slot.last_failure.empty() ? "" : ". The last reason: " + slot.last_failure));
  code_ = exit_restart_exceeded;
  // The others go too: this slot's queue would keep its share of the clients waiting for ever.
  begin_stop("a node has failed to boot too often");
}

void supervisor::heed(watched_process& from, note&& what) {
  if (&from == heir_.get()) return heed_heir(std::move(what));
  auto& slot = slots_[from.who.process];
  switch (what.kind) {
    case note_kind::booted:
      if (&from != slot.successor.get()) break;
      record(event_kind::online, from);
      carry_out(reload_->booted(slot.number));
      break;
    case note_kind::ready:
      if (&from == slot.current.get()) became_ready(slot);
      break;
    case note_kind::failed:
      slot.last_failure = what.text;
      break;
    case note_kind::leaving:
      from.leaving = true;
      break;
    case note_kind::left:
      from.accepts = false;
      look_if_settled();
      break;
    case note_kind::vacated:
      from.has_vacated = true;
      if (&from == slot.before.get()) vacated(slot);
      break;
    case note_kind::answered:
      doors_.desk().answered(from.pid, what.text, read_clock());
      doors_.hand_on();
      break;
    case note_kind::moved:
    case note_kind::tried:
      doors_.desk().came(from.pid, std::move(what));
      doors_.hand_on();
      break;
    default:
      break;
  }
}

void supervisor::ended(watched_process& which, int status) {
  doors_.desk().closed(which.pid);
  if (&which == heir_.get()) return heir_ended(status);
  auto& slot = slots_[which.who.process];
  if (plan_.post) plan_.post->died(which.pid);
  auto event = exit_event(slot, which, status);
  if (event.signal == SIGKILL && !which.killed) add_want_of_memory(event, which);
  record(event);
  if (&which == slot.current.get()) {
    current_ended(slot, status, event);
  } else if (&which == slot.successor.get()) {
    successor_ended(slot, status);
  } else {
    predecessor_ended(slot, which, status);
  }
  doors_.hand_on();
  end_if_over();
}

/// By others it may have been killed for any reason; this one the kernel counts.
void supervisor::add_want_of_memory(lifecycle_event& event, const watched_process& which) {
  const auto kills = topology::count_oom_kills(plan_.terms.said.topology_root);
  if (kills <= std::exchange(oom_kills_, kills)) return;
  event.text += " for want of memory";
  log_error(show(which) +
            " was killed by the kernel for want of memory; raise the limit of the cgroup, or let "
            "recycle-memory replace it before");
}

void supervisor::current_ended(watched_slot& slot, int status, const lifecycle_event& event) {
  const auto gone = std::exchange(slot.current, nullptr);
  const bool asked = gone->leaving || slot.life.state() == slot_state::draining;
  tell_end(slot, *gone, status, asked);
  // Before it has taken them, the slots are another's.
  if (!slot.before) mark_gone(slot, asked);
  const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  if (handing_over()) {
    carry_out(reload_->failed(slot.number, show(*gone) + " " + show_end(status)));
  }
  const auto end = gone->leaving ? end_kind::left : killed ? end_kind::killed : end_kind::crashed;
  const bool wanted = asked || stopping_ || slot.is_mourned(gone->pid);
  lost(slot, wanted ? end : what_follows(slot, event, end));
}

/// What the app wants to follow, in the words of the slot's machine.
end_kind supervisor::what_follows(const watched_slot& slot, const lifecycle_event& event,
                                  end_kind end) {
  switch (policy_for(event)) {
    case exit_policy::restart:
      return end_kind::killed;
    case exit_policy::back_off:
      return end_kind::failed;
    case exit_policy::give_up:
      log_error("node " + std::to_string(slot.number) + " is not started again, says the app");
      code_ = exit_restart_exceeded;
      asio::post(context_, [this] {
        if (!stopping_) begin_stop("the app gives up");
      });
      return end_kind::forgone;
    case exit_policy::usual:
      break;
  }
  return end;
}

exit_policy supervisor::policy_for(const lifecycle_event& event) noexcept try {
  return hooks_.on_exit ? hooks_.on_exit(event) : exit_policy::usual;
} catch (const std::exception& failure) {
  log_error(std::string("on_exit has failed: ") + failure.what());
  return exit_policy::usual;
} catch (...) {
  log_error("on_exit has failed: an exception of unknown kind");
  return exit_policy::usual;
}

void supervisor::mark_gone(const watched_slot& slot, bool asked) {
  for (unsigned w = 0; w < plan_.workers_of(slot.number); ++w) {
    const auto worker = plan_.first_worker_of(slot.number) + w;
    shm::mark_gone(plan_.segment.slot(worker),
                   asked ? shm::worker_state::stopped : shm::worker_state::crashed);
    plan_.steering->board().entries()[worker].state = 0;
  }
  weigher_.wake();  // the dead get no share; and one may have been about to ring
}

void supervisor::successor_ended(watched_slot& slot, int status) {
  const auto gone = std::exchange(slot.successor, nullptr);
  auto why = show(*gone) + " " + show_end(status);
  if (!slot.last_failure.empty()) why += ": " + std::exchange(slot.last_failure, "");
  carry_out(reload_->failed(slot.number, std::move(why)));
}

void supervisor::predecessor_ended(watched_slot& slot, const watched_process& which, int status) {
  if (!which.killed) log_info(show(which) + (status == 0 ? " has left" : " " + show_end(status)));
  std::erase_if(leavers_, [&](const process& p) { return p.get() == &which; });
  if (&which == slot.before.get()) {
    if (slot.current == nullptr) mark_gone(slot, true);
    vacated(slot);
  } else if (slot.current && !slot.before && !has_leavers(slot)) {
    slot.current->tell(note_kind::alone);
  }
  look_if_settled();
  end_if_over();
}

void supervisor::tell_end(const watched_slot& slot, const watched_process& gone, int status,
                          bool asked) {
  if (gone.killed) return;  // has been told
  if (asked && status == 0) {
    log_info(show(gone) + " has drained and left");
  } else if (slot.life.state() == slot_state::booting) {
    log_error(show(gone) + " " + show_end(status) +
              (slot.last_failure.empty() ? "" : ": " + slot.last_failure));
  } else {
    log_error(show(gone) + " " + show_end(status));
  }
}

void supervisor::lost(watched_slot& slot, end_kind end) {
  const auto now = read_clock();
  const bool served = slot.life.state() == slot_state::ready;
  if (served) slot.lost_since = now;
  if (end != end_kind::left) ++slot.restarts;
  const auto action = slot.life.exited(now, end);
  if (slot.life.state() == slot_state::waiting) {
    log_info("node " + std::to_string(slot.number) + " is started again in " +
             show_elapsed(slot.life.deadline() - now));
  }
  act(slot, action);
}

void supervisor::became_ready(watched_slot& slot) {
  slot.ready_since = read_clock();
  act(slot, slot.life.became_ready(slot.ready_since));
  // To one that has to drain at once, too: what it has sent meanwhile goes back there.
  doors_.desk().opened(slot.number, slot.current->pid, slot.current->channel());
  doors_.hand_on();
  if (slot.life.state() != slot_state::ready) return;
  send_on(slot);
  if (!slot.current->who.succeeds) record(event_kind::online, *slot.current);
  record(event_kind::listening, *slot.current);
  slot.last_failure.clear();
  weigher_.wake();  // its share is due now, not with the next look
  share(slot);
  slot.unsettled = true;
  look_if_settled();
}

void supervisor::settled(watched_slot& slot) {
  console(slot);
  if (!ready_told_) {
    tell_ready();
  } else if (!handing_over()) {
    log_info(show(*slot.current) + " is ready, " +
             show_elapsed(slot.ready_since - slot.lost_since) +
             " after the loss of the one before");
  }
  if (stopping_) slot.current->tell(note_kind::announce);
  if (handing_over()) carry_out(reload_->ready(slot.number));
}

void supervisor::tell_ready() {
  for (const auto& other : slots_) {
    if (other.life.state() != slot_state::ready) return;
  }
  ready_told_ = true;
  log_info(show_ready(plan_));
  own_files();
  if (elder_) elder_->tell(note_kind::ready);
  tell_manager_ready();
  feed_watchdog();
}

void supervisor::set_timer(watched_slot& slot) {
  const auto deadline = slot.life.deadline();
  if (deadline == never) {
    slot.timer.cancel();
    return;
  }
  slot.timer.expires_at(deadline);
  slot.timer.async_wait([this, &slot](const asio::error_code& failure) {
    if (!failure) act(slot, slot.life.timer(read_clock()));
  });
}

std::string supervisor::show(const watched_process& which) const {
  return show_process(which.who.process, which.pid, plan_);
}

int supervise(blueprint& plan, const renew_terms& renew, const lifecycle_hooks& hooks) {
  return supervisor(plan, renew, hooks).run();
}

}  // namespace shoal::cluster
