// One program after another: what the supervisor does that is replaced, and what the one does that
// replaces it.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/log.h"
#include "cluster/options/units.h"
#include "cluster/supervisor/first_process.h"
#include "cluster/supervisor/heritage.h"
#include "cluster/supervisor/launch.h"
#include "cluster/supervisor/supervisor_core.h"

namespace shoal::cluster {
namespace {

/// As node processes answer: for each connection that the heir has got rid of.
std::string marks_of(std::string_view passed) {
  const auto count = parse_number(passed).value_or(0);
  return std::string(std::min<std::size_t>(count, handoff_desk::most_on_way), taken_mark);
}

}  // namespace

// --- being replaced

std::string supervisor::why_no_upgrade(const std::string& path) const {
  if (stopping_) return it_stops;
  if (handed_over()) return is_replaced;
  if (upgrading()) return "an upgrade is under way";
  if (reloading()) return "a reload is under way; ask again when it is over";
  // Whoever takes our place would end with process 1, which ends with us.
  if (::getpid() == 1 || is_below_first_process())
    return "process 1 cannot be replaced; start another container instead";
  if (const auto can = check_binary(path); !can) return can.error().message;
  return {};
}

/// With our arguments, from the path by which we were called or another one.
supervisor::successor_program supervisor::same_program(std::string binary) const {
  if (binary.empty()) binary = plan_.started.binary;
  auto arguments = plan_.started.arguments;
  if (binary != plan_.started.binary) arguments.front() = binary;  // from now on by this path
  return {binary, binary, std::move(arguments), plan_.inherited};
}

void supervisor::want_upgrade(successor_program next, control_then then) {
  const auto refuse = [&](control_outcome::kind what, const std::string& why) {
    log_error("upgrade refused: " + why);
    if (then) then({what, why});
  };
  if (const auto why = why_no_upgrade(next.path); !why.empty()) {
    return refuse(control_outcome::kind::refused, why);
  }
  auto started = start_heir(next.path, next.arguments, next.keep, manager_.environment());
  if (!started) return refuse(control_outcome::kind::failed, started.error().message);
  heir_ =
      std::make_shared<watched_process>(context_, std::move(started).value(), process_identity{},
                                        static_cast<process_watcher&>(*this));
  log_info("upgrade: " + next.name + " is started beside this program (pid " +
           std::to_string(heir_->pid) + ")");
  record({.kind = event_kind::upgrade_begin});
  manager_.reloading(read_clock());
  upgrade_heard_ = std::move(then);
  // Its own start, and the boot of its processes.
  upgrade_.emplace(read_clock() + 2 * plan_.terms.lifecycle.boot_timeout);
  set_upgrade_timer();
  heir_->watch();
}

void supervisor::heed_heir(note&& what) {
  switch (what.kind) {
    case note_kind::hello:
      return carry_out(upgrade_->hello(what.text));
    case note_kind::proved:
      carry_out(
          upgrade_->proved(read_clock() + vacate_timeout + plan_.terms.lifecycle.boot_timeout));
      return set_upgrade_timer();
    case note_kind::failed:
      return upgrade_->failed("the new program: " + what.text);
    case note_kind::passed:
      doors_.desk().answered(heir_->pid, marks_of(what.text), read_clock());
      doors_.hand_on();
      return end_if_over();
    case note_kind::ready:
      if (upgrade_->ready()) heir_serves();
      return;
    default:
      return;
  }
}

void supervisor::heir_serves() {
  set_upgrade_timer();
  for (const auto& slot : slots_) send_on(slot);
  heir_unsettled_ = true;
  look_if_settled();
}

void supervisor::heir_serves_alone() {
  if (!heir_) return;
  log_info("upgrade: process " + std::to_string(heir_->pid) + " serves since " +
           show_elapsed(read_clock() - heir_->since) +
           " after its start; those before finish what they have begun");
  manager_.succeeded_by(heir_->pid);
  if (wishes_.any()) ::kill(heir_->pid, SIGHUP);  // it may have read its file before that
  wishes_.refuse(is_replaced);
  tell_upgrade_over("");
  end_if_over();
}

void supervisor::heir_ended(int status) {
  const auto gone = std::exchange(heir_, nullptr);
  if (upgrade_->over()) {
    log_error("the program that has taken this one's place " + show_end(status));
    if (std::exchange(heir_unsettled_, false)) {
      tell_upgrade_over("the new program " + show_end(status));
    }
    // Nobody takes our connections any more, and whoever starts the service again wants the port.
    if (!stopping_) begin_stop("the program that has taken its place has ended");
    return doors_.hand_on();
  }
  carry_out(upgrade_->ended(show_end(status)));
  set_upgrade_timer();
  log_error("upgrade failed, and this program goes on: " + upgrade_->failure());
  tell_upgrade_over(upgrade_->failure());
  doors_.hand_on();
  if (wishes_.any() && !stopping_) begin_reload();
  end_if_over();
}

void supervisor::carry_out(upgrade_action action) {
  switch (action) {
    case upgrade_action::none:
      break;
    case upgrade_action::bequeath:
      bequeath();
      break;
    case upgrade_action::hand_over:
      hand_over();
      break;
    case upgrade_action::kill:
      if (heir_) heir_->kill();
      break;
    case upgrade_action::take_back:
      if (!stopping_) take_back();
      break;
  }
}

void supervisor::bequeath() {
  heritage all;
  auto sockets = plan_.sockets.hand_down();
  if (!sockets) {
    upgrade_->failed(sockets.error().message);
    return heir_->kill();
  }
  all.listeners = std::move(sockets).value();
  if (plan_.control) {
    all.control_socket.emplace(
        plan_.control->path, descriptor(::fcntl(plan_.control->socket.get(), F_DUPFD_CLOEXEC, 3)));
  }
  for (auto& one : bequests_of(std::move(all))) {
    heir_->tell(note_kind::inherit, std::move(one.text), std::move(one.socket));
  }
  if (auto roster = plan_.roster.to_text(); !roster.empty()) {
    heir_->tell(note_kind::roster, std::move(roster));
  }
  std::vector<unsigned> generations;
  for (const auto& slot : slots_) generations.push_back(slot.forks);
  heir_->tell(note_kind::complete, text_of(generations));
}

/// Our processes serve on until the heir's do; what the supervisor itself accepts from (handoff,
/// paths) waits in its listeners for so long.
void supervisor::hand_over() {
  duties_.stop({control_outcome::kind::done, "the next program goes on with it"});
  log_info("upgrade: its processes have been proved; ours leave");
  plan_.segment.set_successor(heir_->pid);
  weigher_.stop();
  plan_.steering->let_go();
  doors_.close();
  control_.close();
  plan_.sockets.leave_files();
  if (plan_.control) leave_file(*plan_.control);
  doors_.desk().succeeded_by(heir_->pid, heir_->channel());
  for (auto& slot : slots_) {
    for (const auto& m : std::exchange(slot.mourners, {})) {
      m.then({control_outcome::kind::done, "its place is another program's now"});
    }
    slot.life.handed_over();
    set_timer(slot);
    dismiss(slot, std::exchange(slot.current, nullptr));
  }
  doors_.hand_on();
}

/// The heir has died before it served. What its processes had in hand is lost, as after any crash.
void supervisor::take_back() {
  plan_.segment.set_successor(0);
  ready_told_ = false;
  be_who_listens();
  take_up();
  const auto now = read_clock();
  for (auto& slot : slots_) {
    slot.life = slot_lifecycle(plan_.terms.lifecycle);
    act(slot, slot.life.start(now));
  }
}

void supervisor::tell_upgrade_over(const std::string& failure) {
  record({.kind = event_kind::upgrade_end, .text = failure});
  if (!failure.empty() && ready_told_ && !stopping_) tell_manager_ready();
  const auto heard = std::exchange(upgrade_heard_, nullptr);
  if (!heard) return;
  if (failure.empty()) {
    heard({control_outcome::kind::done, "process " + std::to_string(heir_->pid) + " serves"});
  } else {
    heard({control_outcome::kind::failed, failure});
  }
}

void supervisor::set_upgrade_timer() {
  upgrade_timer_.expires_at(upgrade_->deadline());
  if (upgrade_->deadline() == never) return;
  upgrade_timer_.async_wait([this](const asio::error_code& failure) {
    if (failure) return;
    carry_out(upgrade_->timer(read_clock()));
    set_upgrade_timer();
  });
}

// --- replacing another program

/// A reload whose processes from before are another supervisor's.
void supervisor::begin_inheritance() {
  inheriting_ = true;
  elder_pid_ = ::getppid();
  elder_ = std::make_shared<note_line>(context_, std::move(plan_.elder->link));
  doors_.desk().succeeds(elder_pid_, elder_->channel());
  for (auto& slot : slots_) {
    slot.elsewhere = true;
    if (slot.number < plan_.elder->generations.size()) {
      slot.forks = plan_.elder->generations[slot.number];
    }
  }
  elder_->listen([this](note&& what) {
    if (what.kind != note_kind::closed) return heed_elder(std::move(what));
    doors_.desk().closed(elder_pid_);
    elder_gone();
  });
  next_terms_ = plan_.terms;
  reload_began_ = read_clock();
  reload_.emplace(plan_.processes(), all_nodes());
  carry_out(reload_->begin(reload_began_ + plan_.terms.lifecycle.boot_timeout));
}

void supervisor::heed_elder(note&& what) {
  if (what.kind == note_kind::moved) {
    doors_.desk().came(elder_pid_, std::move(what));
    return doors_.hand_on();
  }
  if (what.kind != note_kind::vacated) return;
  const auto number = parse_number(what.text);
  if (number && *number < slots_.size()) inherit(slots_[*number]);
}

void supervisor::inherit(watched_slot& slot) {
  if (!taken_up_) {
    be_who_listens();
    take_up();
  }
  slot.elsewhere = false;
  open(slot);
}

void supervisor::end_inheritance() {
  inheriting_ = false;
  if (reload_->failure().empty()) return;
  if (reload_->handing_over()) return log_error("not all processes serve: " + reload_->failure());
  log_error("cannot take the old program's place: " + reload_->failure());
  if (elder_) elder_->tell(note_kind::failed, reload_->failure());
  code_ = exit_restart_exceeded;
  if (!stopping_) begin_stop("its processes could not be proved");
}

void supervisor::elder_gone() {
  elder_ = nullptr;
  if (!reload_->handing_over()) {
    // Its sockets are open here alone now, and nobody has asked us to keep them.
    log_error("the old program has ended before this one could take its place");
    code_ = exit_internal;
    if (!stopping_) begin_stop("the old program has ended");
    return;
  }
  log_info("the old program has ended");
  for (auto& slot : slots_) {
    if (slot.elsewhere) inherit(slot);
    if (slot.current && !slot.before && !has_leavers(slot)) slot.current->tell(note_kind::alone);
  }
  end_if_over();
}

/// Clients are told that it is this process; and the backlog is ours.
void supervisor::be_who_listens() {
  plan_.sockets.listen_anew(plan_.terms.said.backlog);
  if (plan_.control) listen_anew(*plan_.control);
}

/// Not before it is certain that no other program needs them: they go when we end.
void supervisor::own_files() {
  plan_.sockets.take_files();
  if (plan_.control) take_file(*plan_.control);
  if (!plan_.elder || plan_.elder->old_control.empty()) return;
  ::unlink(plan_.elder->old_control.c_str());
  plan_.elder->old_control.clear();
}

}  // namespace shoal::cluster
