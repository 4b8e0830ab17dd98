// What the control socket tells and has done, and what is noted for it.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/utc_text.h"
#include "cluster/listen/listener_report.h"
#include "cluster/supervisor/supervisor_core.h"
#include "topology/numa_balancing.h"
#include "topology/page_places.h"

namespace shoal::cluster {

std::set<unsigned> supervisor::all_nodes() const {
  std::set<unsigned> all;
  for (const auto& slot : slots_) all.insert(slot.number);
  return all;
}

control_status supervisor::status() const {
  control_status out{.pid = ::getpid(), .state = state(), .uptime = read_clock() - began_};
  out.reloads = reloads_;
  if (!reloading()) out.reload_failure = reload_failure_;
  for (const auto& slot : slots_) {
    auto& one = out.processes.emplace_back(status_of(slot.current, process_role::serves));
    one.node = slot.number;
    one.state = name_of(slot.life.state());
    one.restarts = slot.restarts;
    one.last_failure = slot.last_failure;
    one.drained = plan_.roster.is_drained(slot.number);
    one.resting = resting_of(slot.number);
    if (!slot.successor) continue;
    const bool tried = reload_->on_trial();
    out.processes.push_back(
        status_of(slot.successor, tried ? process_role::canary : process_role::succeeds));
  }
  for (const auto& leaver : leavers_) {
    out.processes.push_back(status_of(leaver, process_role::leaves));
  }
  return out;
}

unsigned supervisor::resting_of(unsigned node) const {
  const auto marks = plan_.roster.marks_of(node);
  return static_cast<unsigned>(std::count(marks.begin(), marks.end(), '1'));
}

process_status supervisor::status_of(const process& which, process_role role) {
  if (!which) return {.role = role};
  return {.node = which->who.process,
          .role = role,
          .pid = which->pid,
          .generation = which->who.generation,
          .uptime = read_clock() - which->since};
}

std::string_view supervisor::state() const noexcept {
  if (stopping_) return "stopping";
  if (upgrading()) return "upgrading";
  if (reloading() && !inheriting_) return "reloading";
  return ready_told_ ? "serving" : "starting";
}

std::vector<listener_status> supervisor::listeners() const {
  return look_at(plan_.sockets, plan_.placement.worker_count());
}

numa_status supervisor::numa() const {
  numa_status out{.plan = plan_.placement.reason, .nodes = plan_.overview->numa_nodes};
  out.nodes.resize(std::min(out.nodes.size(), shm::page_tally_nodes));
  out.balancing = topology::balances_by_itself(plan_.terms.said.topology_root);
  for (const auto& slot : slots_) out.processes.push_back(numa_of(slot.number));
  return out;
}

process_numa_status supervisor::numa_of(unsigned number) const {
  const auto& place = plan_.placement.processes[number];
  const auto first = plan_.first_worker_of(number);
  const auto seen = shm::read_pages(plan_.overview->pages.of(first));
  const auto nodes = std::min(plan_.overview->numa_nodes.size(), shm::page_tally_nodes);
  const auto& current = slots_[number].current;
  process_numa_status out{.node = number,
                          .pid = current ? current->pid : 0,
                          .memory = place.memory.show(),
                          .looked = std::nullopt,
                          .remote_share = seen.remote_share};
  const auto now = to_ns(read_clock());
  if (seen.looked_ns != 0) out.looked = nanoseconds(now - std::min(seen.looked_ns, now));
  for (std::size_t kind = 0; kind < topology::page_kinds; ++kind) {
    const auto& pages = seen.pages[kind];
    out.pages.push_back({name_of(static_cast<topology::page_kind>(kind)),
                         {pages.begin(), pages.begin() + static_cast<std::ptrdiff_t>(nodes)}});
  }
  for (unsigned i = 0; i < place.workers.size(); ++i) {
    const auto& worker = place.workers[i];
    const auto of = shm::read_pages(plan_.overview->pages.of(first + i));
    out.workers.push_back({.worker = first + i,
                           .node = worker.node,
                           .planned = worker.pinned ? std::optional(worker.core) : std::nullopt,
                           .core = of.core,
                           .migrations = of.migrations,
                           .packets_near = of.near,
                           .packets_far = of.far});
  }
  return out;
}

void supervisor::replace(const std::set<unsigned>& which, control_then then) {
  if (stopping_) return then(refusal_of_stop());
  log_info("the control socket asks for a reload");
  want_reload(which, [this, which, then = std::move(then)](const std::string& failure) {
    if (failure.empty()) return then({control_outcome::kind::done, show_serving(which)});
    if (stopping_) return then(refusal_of_stop());
    then({control_outcome::kind::failed, failure});
  });
}

void supervisor::upgrade_to(const std::string& binary, control_then then) {
  log_info("the control socket asks for an upgrade");
  want_upgrade(same_program(binary), std::move(then));
}

void supervisor::roll_back(control_then then) {
  if (!plan_.elder || !plan_.elder->program) {
    return refuse("there is nothing to go back to: no program was here before this one", then);
  }
  log_info("the control socket asks for the program from before");
  const auto& before = *plan_.elder->program;
  auto arguments = before.started.arguments;
  arguments.front() = before.started.binary;
  auto keep = plan_.inherited;
  keep.push_back(before.file.get());
  want_upgrade({before.path(), before.started.binary, std::move(arguments), std::move(keep)},
               std::move(then));
}

std::string supervisor::show_serving(const std::set<unsigned>& which) const {
  std::string text;
  for (const unsigned node : which) {
    if (!slots_[node].current) continue;
    text += (text.empty() ? "" : ", ") + show(*slots_[node].current);
  }
  return text + (which.size() == 1 ? " serves" : " serve");
}

void supervisor::kill(unsigned node, control_then then) {
  auto& slot = slots_[node];
  if (stopping_) return then(refusal_of_stop());
  if (!slot.current) {
    const auto why =
        handed_over() ? std::string(is_replaced)
                      : "node " + std::to_string(node) + " has no process now; it is started again";
    return then({control_outcome::kind::refused, why});
  }
  slot.mourners.push_back({slot.current->pid, std::move(then)});
  kill(*slot.current, " has to go, says the control socket");
}

void supervisor::console(watched_slot& slot) {
  const auto heard = [&](const watched_slot::mourner& m) {
    if (m.lost == slot.current->pid) return false;
    m.then({control_outcome::kind::done, show(*slot.current) + " serves"});
    return true;
  };
  std::erase_if(slot.mourners, heard);
}

std::string_view supervisor::may_change_duties() const noexcept {
  if (stopping_) return it_stops;
  // The next program has been told already who rests.
  if (upgrading()) return "an upgrade is under way; ask again when it is over";
  return handed_over() ? is_replaced : "";
}

void supervisor::scale(unsigned workers, control_then then) {
  if (const auto why = may_change_duties(); !why.empty()) return refuse(why, then);
  duties_.scale(workers, std::move(then));
}

void supervisor::drain(unsigned node, control_then then) {
  if (const auto why = may_change_duties(); !why.empty()) return refuse(why, then);
  duties_.drain(node, std::move(then));
}

void supervisor::undrain(unsigned node, control_then then) {
  if (const auto why = may_change_duties(); !why.empty()) return refuse(why, then);
  duties_.undrain(node, then);
}

/// Those who will take slots over, too. Who is forked later knows.
void supervisor::tell_duties() {
  for (auto& slot : slots_) {
    for (const auto& each : {slot.current, slot.successor}) {
      if (each) each->tell(note_kind::roster, plan_.roster.marks_of(slot.number));
    }
  }
  weigher_.wake();
}

control_outcome supervisor::stop(bool now) {
  log_info(now ? "the control socket stops all at once" : "the control socket asks for a stop");
  if (!stopping_) begin_stop("the control socket asked for it", plan_.terms.said.drain_delay);
  if (now) stop_now();
  return {control_outcome::kind::done, now ? "stopping at once" : "draining, then stopping"};
}

control_outcome supervisor::reopen_log() {
  if (!plan_.terms.access_log) return {control_outcome::kind::refused, "there is no access log"};
  for (auto& slot : slots_) {
    for (const auto& each : {slot.current, slot.successor}) {
      if (each) each->tell(note_kind::reopen);
    }
  }
  for (const auto& leaver : leavers_) leaver->tell(note_kind::reopen);
  return {control_outcome::kind::done, "the access log is opened again"};
}

void supervisor::record(lifecycle_event event) {
  const auto& kept = events_.add(std::move(event), utc_milliseconds());
  log_event(describe(kept), to_json(kept));
  control_.tell(kept);
  hear(kept);
}

void supervisor::hear(const lifecycle_event& event) noexcept try {
  if (hooks_.on_event) hooks_.on_event(mail_.self(), event);
} catch (const std::exception& failure) {
  log_error(std::string("on_event has failed: ") + failure.what());
} catch (...) {
  log_error("on_event has failed: an exception of unknown kind");
}

void supervisor::record(event_kind kind, const watched_process& which) {
  record({.kind = kind, .process = event_process_of(which)});
}

lifecycle_event supervisor::exit_event(const watched_slot& slot, const watched_process& which,
                                       int status) {
  lifecycle_event event{
      .kind = event_kind::exit, .process = event_process_of(which), .text = show_end(status)};
  if (WIFEXITED(status)) event.code = WEXITSTATUS(status);
  if (event.code == exit_boot_failed && !slot.last_failure.empty()) {
    event.text += ": " + slot.last_failure;
  }
  if (WIFSIGNALED(status)) event.signal = WTERMSIG(status);
  return event;
}

event_process supervisor::event_process_of(const watched_process& which) {
  return {which.who.process, which.pid, which.who.generation};
}

}  // namespace shoal::cluster
