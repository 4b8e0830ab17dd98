// Longer than others: all that happens to processes meets here, and what is more than that meeting
// is elsewhere. The only file that pays for asio. Its context is used by this process alone: a
// child closes the descriptors that it has inherited of it and never returns into it.
#include "cluster/supervisor.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <cstdlib>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/utc_text.h"
#include "cluster/control_server.h"
#include "cluster/doorkeeper.h"
#include "cluster/exit_code.h"
#include "cluster/fork_process.h"
#include "cluster/listener_report.h"
#include "cluster/node_process.h"
#include "cluster/probe.h"
#include "cluster/process_slot.h"
#include "cluster/reload.h"
#include "cluster/reload_wishes.h"
#include "cluster/service_manager.h"
#include "cluster/watched_process.h"
#include "cluster/weigher.h"
#include "shm/slot_writer.h"

namespace shoal::cluster {
namespace {

// Two stop signals this close together are one wish: timeout(1) signals its child and then the
// whole group, and so do terminals and npm together.
constexpr nanoseconds one_wish = std::chrono::milliseconds(100);

/// A process leaves its slots in microseconds, whatever its workers are doing. One whose main
/// thread does not for so long is stopped or stuck.
constexpr nanoseconds vacate_timeout = std::chrono::seconds(5);

constexpr const char* it_stops = "the cluster stops";

class supervisor final : private process_watcher, private control_target {
 public:
  supervisor(blueprint& plan, const renew_terms& renew)
      : plan_(plan),
        renew_(renew),
        signals_(context_),
        weigher_(plan, context_),
        doors_(plan, context_),
        control_(plan, context_, *this),
        reload_timer_(context_),
        watchdog_timer_(context_) {
    for (const char* const name : service_manager::variables) ::unsetenv(name);
    for (unsigned p = 0; p < plan.processes(); ++p) {
      slots_.emplace_back(p, plan.terms.lifecycle, context_);
    }
    for (const int signal : supervisor_signals) signals_.add(signal);
  }

  int run() {
    await_signal();
    plan_.segment.set_dispatch(plan_.steering->show());
    plan_.segment.set_stall_warn(plan_.terms.balance.stall_warn);
    weigher_.start();
    doors_.open();
    control_.open();
    for (auto& slot : slots_) act(slot, slot.life.start(read_clock()));
    context_.run();
    return code_;
  }

 private:
  using process = std::shared_ptr<watched_process>;

  struct watched_slot : process_slot {
    watched_slot(unsigned number, const lifecycle_options& options, asio::io_context& context)
        : process_slot(number, options), timer(context) {}

    asio::steady_timer timer;
    process current;    ///< whose life is the slot's
    process successor;  ///< during a reload, until it takes over
    process before;     ///< from then on until it has left the slots

    /// Those who have had it killed, and wait until another one serves.
    struct mourner {
      pid_t lost;
      control_then then;
    };
    std::vector<mourner> mourners;
  };

  // --- what happens to a slot

  void act(watched_slot& slot, slot_action action) {
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

  /// nullptr: it cannot be, and the slot says why.
  process fork(watched_slot& slot, bool succeeds) {
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
    note(event_kind::fork, *made);
    return made;
  }

  static void drain(watched_process& which) {
    // Where the channel is full of connections, the signal says it as well.
    if (!which.tell(note_kind::drain)) ::kill(which.pid, SIGTERM);
  }

  void kill(watched_slot& slot) {
    std::string why = " has not drained within its timeout";
    if (hurried_) why = " is stopped at once";
    if (slot.life.state() == slot_state::booting) {
      why = " is not ready within its boot timeout";
      slot.last_failure = "it" + why;
    }
    kill(*slot.current, why);
  }

  void kill(watched_process& which, const std::string& why) {
    if (which.killed) return;
    log_warning(show(which) + why + "; killed");
    which.kill();
  }

  void give_up(watched_slot& slot) {
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

  // --- what processes say, and their ends

  void heed(watched_process& from, note&& what) override {
    auto& slot = slots_[from.who.process];
    switch (what.kind) {
      case note_kind::booted:
        if (&from != slot.successor.get()) break;
        note(event_kind::online, from);
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
      case note_kind::vacated:
        if (&from == slot.before.get()) vacated(slot);
        break;
      case note_kind::answered:
        doors_.desk().answered(from.pid, what.text, read_clock());
        doors_.hand_on();
        break;
      case note_kind::moved:
        doors_.desk().came(from.pid, std::move(what));
        doors_.hand_on();
        break;
      default:
        break;
    }
  }

  void ended(watched_process& which, int status) override {
    auto& slot = slots_[which.who.process];
    doors_.desk().closed(which.pid);
    if (plan_.post) plan_.post->died(which.pid);
    note_exit(slot, which, status);
    if (&which == slot.current.get()) {
      current_ended(slot, status);
    } else if (&which == slot.successor.get()) {
      successor_ended(slot, status);
    } else {
      predecessor_ended(slot, which, status);
    }
    doors_.hand_on();
  }

  void current_ended(watched_slot& slot, int status) {
    const auto gone = std::exchange(slot.current, nullptr);
    const bool asked = gone->leaving || slot.life.state() == slot_state::draining;
    tell_end(slot, *gone, status, asked);
    // Before it has taken them, the slots are another's.
    if (!slot.before) mark_gone(slot, asked);
    const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    if (handing_over()) {
      carry_out(reload_->failed(slot.number, show(*gone) + " " + show_end(status)));
    }
    lost(slot, gone->leaving ? end_kind::left : killed ? end_kind::killed : end_kind::crashed);
  }

  void mark_gone(const watched_slot& slot, bool asked) {
    for (unsigned w = 0; w < plan_.workers_of(slot.number); ++w) {
      const auto worker = plan_.first_worker_of(slot.number) + w;
      shm::mark_gone(plan_.segment.slot(worker),
                     asked ? shm::worker_state::stopped : shm::worker_state::crashed);
      plan_.steering->board().entries()[worker].state = 0;
    }
    weigher_.wake();  // the dead get no share; and one may have been about to ring
  }

  void successor_ended(watched_slot& slot, int status) {
    const auto gone = std::exchange(slot.successor, nullptr);
    auto why = show(*gone) + " " + show_end(status);
    if (!slot.last_failure.empty()) why += ": " + std::exchange(slot.last_failure, "");
    carry_out(reload_->failed(slot.number, std::move(why)));
  }

  void predecessor_ended(watched_slot& slot, const watched_process& which, int status) {
    if (!which.killed) log_info(show(which) + (status == 0 ? " has left" : " " + show_end(status)));
    std::erase_if(leavers_, [&](const process& p) { return p.get() == &which; });
    if (&which == slot.before.get()) {
      if (slot.current == nullptr) mark_gone(slot, true);
      vacated(slot);
    } else if (slot.current && !slot.before && !has_leavers(slot)) {
      slot.current->tell(note_kind::alone);
    }
    end_if_over();
  }

  void tell_end(const watched_slot& slot, const watched_process& gone, int status, bool asked) {
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

  void lost(watched_slot& slot, end_kind end) {
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

  void became_ready(watched_slot& slot) {
    const auto now = read_clock();
    act(slot, slot.life.became_ready(now));
    // To one that has to drain at once, too: what it has sent meanwhile goes back there.
    doors_.desk().opened(slot.number, slot.current->pid, slot.current->channel());
    doors_.hand_on();
    if (slot.life.state() != slot_state::ready) return;
    if (!slot.current->who.succeeds) note(event_kind::online, *slot.current);
    note(event_kind::listening, *slot.current);
    slot.last_failure.clear();
    console(slot);
    if (!ready_told_) {
      tell_ready();
    } else if (!handing_over()) {
      log_info(show(*slot.current) + " is ready, " + show_elapsed(now - slot.lost_since) +
               " after the loss of the one before");
    }
    if (handing_over()) carry_out(reload_->ready(slot.number));
  }

  void tell_ready() {
    for (const auto& other : slots_) {
      if (other.life.state() != slot_state::ready) return;
    }
    ready_told_ = true;
    log_info(show_ready(plan_));
    tell_manager_ready();
    feed_watchdog();
  }

  // --- the service manager

  void tell_manager_ready() const {
    manager_.ready(std::to_string(plan_.placement.worker_count()) + " workers in " +
                   std::to_string(plan_.processes()) + " node processes");
  }

  /// A cluster in which nobody serves is not alive, whatever its supervisor does.
  void feed_watchdog() {
    if (!manager_.watchdog()) return;
    const bool served = std::any_of(slots_.begin(), slots_.end(), [](const watched_slot& slot) {
      return slot.life.state() == slot_state::ready;
    });
    if (served || stopping_) manager_.alive();
    watchdog_timer_.expires_after(*manager_.watchdog() / 3);
    watchdog_timer_.async_wait([this](const asio::error_code& failure) {
      if (!failure) feed_watchdog();
    });
  }

  // --- reloading

  [[nodiscard]] bool reloading() const noexcept { return reload_ && !reload_->over(); }
  [[nodiscard]] bool handing_over() const noexcept {
    return reloading() && reload_->handing_over();
  }

  void want_reload(const std::set<unsigned>& which, reload_wishes::then then) {
    wishes_.add(which, std::move(then));
    if (reloading()) return log_info("a reload is under way; another one follows it");
    begin_reload();
  }

  void begin_reload() {
    const auto which = wishes_.begin();
    auto terms = renew_();
    if (!terms) return refuse_reload(terms.error().message);
    next_terms_ = std::move(terms).value();
    log_info("reload: new processes are started beside those that serve");
    note({.kind = event_kind::reload_begin});
    reload_.emplace(plan_.processes(), which);
    reload_began_ = read_clock();
    manager_.reloading(reload_began_);
    carry_out(reload_->begin(reload_began_ + next_terms_.lifecycle.boot_timeout));
  }

  void refuse_reload(const std::string& why) {
    log_error("reload refused, and the processes from before go on: " + why);
    wishes_.ended(why);
  }

  void carry_out(const reload::orders& orders) {
    if (!orders.empty() && orders.front().what == reload_action::take_over) begin_generation();
    for (const auto& order : orders) {
      // What one of them leads to may end the reload, and then forks have no meaning.
      if (reload_->over() && order.what == reload_action::fork) break;
      carry_out(slots_[order.slot], order.what);
    }
    set_reload_timer();
    if (reload_->over()) end_reload();
  }

  void carry_out(watched_slot& slot, reload_action what) {
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
      case reload_action::take_over:
        take_over(slot);
        break;
      case reload_action::kill:
        if (slot.successor == nullptr) break;
        slot.successor->kill();
        leavers_.push_back(std::exchange(slot.successor, nullptr));
        break;
    }
  }

  void begin_generation() {
    plan_.terms = next_terms_;
    set_log_level(plan_.terms.log);
    plan_.segment.set_stall_warn(plan_.terms.balance.stall_warn);
    for (auto& slot : slots_) slot.life.change(plan_.terms.lifecycle);
  }

  void ask(watched_slot& slot) {
    probe::ask(context_, slot.successor->channel(),
               [this, &slot, asked = slot.successor](const std::string& why) {
                 if (slot.successor != asked) return;  // it has ended, which has been heard of
                 carry_out(why.empty() ? reload_->proved(slot.number)
                                       : reload_->failed(slot.number, show(*asked) + ": " + why));
               });
  }

  /// From here on the successor's life is the slot's, and the one before only has to go.
  void take_over(watched_slot& slot) {
    const bool served = slot.life.state() == slot_state::ready;
    slot.before = std::exchange(slot.current, std::exchange(slot.successor, nullptr));
    slot.life.succeeded(read_clock());
    set_timer(slot);
    if (slot.before == nullptr) return open(slot);
    leavers_.push_back(slot.before);
    if (!served) return slot.before->kill();  // it was still in boot
    doors_.desk().left(slot.before->pid);
    slot.before->tell(note_kind::leave);
    const auto whole = plan_.terms.lifecycle.drain_timeout;
    const auto first = std::min(vacate_timeout, whole);
    slot.before->after(first, [this, &slot, left = whole - first](watched_process& late) {
      if (&late == slot.before.get()) return kill(late, " does not leave its slots");
      late.after(left, [this](watched_process& later) {
        kill(later, " has not left within the drain timeout");
      });
    });
  }

  void vacated(watched_slot& slot) {
    slot.before = nullptr;
    open(slot);
  }

  /// The slots are free.
  void open(watched_slot& slot) {
    if (!slot.current || !slot.current->who.succeeds) return;
    slot.current->tell(note_kind::serve);
    if (!has_leavers(slot)) slot.current->tell(note_kind::alone);
  }

  [[nodiscard]] bool has_leavers(const watched_slot& slot) const noexcept {
    return std::any_of(leavers_.begin(), leavers_.end(),
                       [&](const process& p) { return p->who.process == slot.number; });
  }

  void end_reload() {
    if (reload_told_ == reload_began_) return;
    reload_told_ = reload_began_;
    const auto took = show_elapsed(read_clock() - reload_began_);
    if (reload_->failure().empty()) {
      log_info("reload: new processes serve since " + took +
               " after its begin; those before finish what they have begun");
    } else if (reload_->handing_over()) {
      log_error("reload: not all new processes serve: " + reload_->failure());
    } else {
      log_error("reload failed, and the processes from before go on: " + reload_->failure());
    }
    ++reloads_;
    note({.kind = event_kind::reload_end, .text = reload_->failure()});
    wishes_.ended(reload_->failure());
    if (ready_told_ && !stopping_) tell_manager_ready();
    asio::post(context_, [this] {
      if (wishes_.any() && !reloading() && !stopping_) begin_reload();
    });
  }

  void set_reload_timer() {
    reload_timer_.expires_at(reload_->deadline());
    if (reload_->deadline() == never) return;
    reload_timer_.async_wait([this](const asio::error_code& failure) {
      if (!failure) carry_out(reload_->timer(read_clock()));
    });
  }

  // --- stopping

  void begin_stop(const std::string& why) {
    first_wish_ = read_clock();
    stopping_ = true;
    note({.kind = event_kind::stop, .text = why});
    manager_.stopping();
    if (reloading()) carry_out(reload_->call_off());
    wishes_.refuse(it_stops);
    for (auto& slot : slots_) {
      for (const auto& m : std::exchange(slot.mourners, {})) m.then(refusal_of_stop());
    }
    doors_.stop();
    const auto now = read_clock();
    for (auto& slot : slots_) act(slot, slot.life.stop(now));
    for (const auto& leaver : leavers_) drain(*leaver);
  }

  void stop_now() {
    hurried_ = true;
    const auto now = read_clock();
    for (auto& slot : slots_) act(slot, slot.life.stop_now(now));
    for (const auto& leaver : leavers_) kill(*leaver, " is stopped at once");
  }

  void end_if_over() {
    for (const auto& slot : slots_) {
      if (!slot.life.over()) return;
    }
    if (leavers_.empty()) context_.stop();
  }

  void heed_signal(int signal) {
    const std::string name = std::string("SIG") + ::sigabbrev_np(signal);
    if (signal == SIGUSR1) {
      log_info(name + ": opening the access log again");
      reopen_log();
    } else if (signal == SIGHUP) {
      if (!stopping_) want_reload(all_nodes(), nullptr);
    } else if (signal != SIGTERM && signal != SIGINT && signal != SIGQUIT) {
      log_warning(name + ": what it will mean is not there yet; ignored");
    } else if (!stopping_) {
      log_info(name + ": draining; another one stops at once");
      begin_stop(name);
    } else if (read_clock() - first_wish_ >= one_wish) {
      log_warning(name + ": stopping at once");
      stop_now();
    }
  }

  // --- the control socket

  [[nodiscard]] std::set<unsigned> all_nodes() const {
    std::set<unsigned> all;
    for (const auto& slot : slots_) all.insert(slot.number);
    return all;
  }

  static control_outcome refusal_of_stop() { return {control_outcome::kind::refused, it_stops}; }

  [[nodiscard]] control_status status() const override {
    control_status out{.pid = ::getpid(), .state = state(), .uptime = read_clock() - began_};
    out.reloads = reloads_;
    if (reload_ && !reloading()) out.reload_failure = reload_->failure();
    for (const auto& slot : slots_) {
      auto& one = out.processes.emplace_back(status_of(slot.current, process_role::serves));
      one.node = slot.number;
      one.state = name_of(slot.life.state());
      one.restarts = slot.restarts;
      one.last_failure = slot.last_failure;
      if (!slot.successor) continue;
      out.processes.push_back(status_of(slot.successor, process_role::succeeds));
    }
    for (const auto& leaver : leavers_) {
      out.processes.push_back(status_of(leaver, process_role::leaves));
    }
    return out;
  }

  static process_status status_of(const process& which, process_role role) {
    if (!which) return {.role = role};
    return {.node = which->who.process,
            .role = role,
            .pid = which->pid,
            .generation = which->who.generation,
            .uptime = read_clock() - which->since};
  }

  [[nodiscard]] std::string_view state() const noexcept {
    if (stopping_) return "stopping";
    if (reloading()) return "reloading";
    return ready_told_ ? "serving" : "starting";
  }

  [[nodiscard]] std::vector<listener_status> listeners() const override {
    return look_at(plan_.sockets, plan_.placement.worker_count());
  }
  [[nodiscard]] const event_ring& events() const override { return events_; }
  [[nodiscard]] unsigned nodes() const override { return plan_.processes(); }

  void reload_all(control_then then) override { replace(all_nodes(), std::move(then)); }
  void restart(unsigned node, control_then then) override { replace({node}, std::move(then)); }

  void replace(const std::set<unsigned>& which, control_then then) {
    if (stopping_) return then(refusal_of_stop());
    log_info("the control socket asks for a reload");
    want_reload(which, [this, which, then = std::move(then)](const std::string& failure) {
      if (failure.empty()) return then({control_outcome::kind::done, show_serving(which)});
      if (stopping_) return then(refusal_of_stop());
      then({control_outcome::kind::failed, failure});
    });
  }

  [[nodiscard]] std::string show_serving(const std::set<unsigned>& which) const {
    std::string text;
    for (const unsigned node : which) {
      if (!slots_[node].current) continue;
      text += (text.empty() ? "" : ", ") + show(*slots_[node].current);
    }
    return text + (which.size() == 1 ? " serves" : " serve");
  }

  void kill(unsigned node, control_then then) override {
    auto& slot = slots_[node];
    if (stopping_) return then(refusal_of_stop());
    if (!slot.current) {
      return then({control_outcome::kind::refused,
                   "node " + std::to_string(node) + " has no process now; it is started again"});
    }
    slot.mourners.push_back({slot.current->pid, std::move(then)});
    kill(*slot.current, " has to go, says the control socket");
  }

  /// Who waited for a process that serves instead of one that was killed.
  void console(watched_slot& slot) {
    const auto heard = [&](const watched_slot::mourner& m) {
      if (m.lost == slot.current->pid) return false;
      m.then({control_outcome::kind::done, show(*slot.current) + " serves"});
      return true;
    };
    std::erase_if(slot.mourners, heard);
  }

  control_outcome stop(bool now) override {
    log_info(now ? "the control socket stops all at once" : "the control socket asks for a stop");
    if (!stopping_) begin_stop("the control socket asked for it");
    if (now) stop_now();
    return {control_outcome::kind::done, now ? "stopping at once" : "draining, then stopping"};
  }

  control_outcome reopen_log() override {
    if (!plan_.terms.access_log) return {control_outcome::kind::refused, "there is no access log"};
    for (auto& slot : slots_) {
      for (const auto& each : {slot.current, slot.successor}) {
        if (each) each->tell(note_kind::reopen);
      }
    }
    for (const auto& leaver : leavers_) leaver->tell(note_kind::reopen);
    return {control_outcome::kind::done, "the access log is opened again"};
  }

  void note(lifecycle_event event) {
    control_.tell(events_.add(std::move(event), utc_milliseconds()));
  }

  void note(event_kind kind, const watched_process& which) {
    note({.kind = kind, .process = event_process_of(which)});
  }

  void note_exit(const watched_slot& slot, const watched_process& which, int status) {
    lifecycle_event event{
        .kind = event_kind::exit, .process = event_process_of(which), .text = show_end(status)};
    if (WIFEXITED(status)) event.code = WEXITSTATUS(status);
    if (event.code == exit_boot_failed && !slot.last_failure.empty()) {
      event.text += ": " + slot.last_failure;
    }
    if (WIFSIGNALED(status)) event.signal = WTERMSIG(status);
    note(std::move(event));
  }

  static event_process event_process_of(const watched_process& which) {
    return {which.who.process, which.pid, which.who.generation};
  }

  // --- asio's side: each of these waits once and then again

  void await_signal() {
    signals_.async_wait([this](const asio::error_code& failure, int signal) {
      if (failure) return;
      heed_signal(signal);
      await_signal();
    });
  }

  void set_timer(watched_slot& slot) {
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

  [[nodiscard]] std::string show(const watched_process& which) const {
    return show_process(which.who.process, which.pid, plan_);
  }

  blueprint& plan_;
  const renew_terms& renew_;
  const monotonic_time began_ = read_clock();
  asio::io_context context_{1};
  asio::signal_set signals_;
  std::deque<watched_slot> slots_;  // whose addresses handlers keep
  std::vector<process> leavers_;    // whose slots are others' now, or who never had any
  weigher weigher_;
  doorkeeper doors_;
  event_ring events_;
  control_server control_;
  std::optional<reload> reload_;  // the last one
  generation_terms next_terms_;   // of its processes
  asio::steady_timer reload_timer_;
  const service_manager manager_{[](const char* name) -> const char* { return std::getenv(name); }};
  asio::steady_timer watchdog_timer_;
  monotonic_time reload_began_{};
  monotonic_time reload_told_{};  // the end of which one
  reload_wishes wishes_;
  unsigned reloads_ = 0;  // that have ended
  int code_ = exit_stopped;
  bool ready_told_ = false;
  bool stopping_ = false;
  bool hurried_ = false;
  monotonic_time first_wish_{};  // of a signal to stop
};

}  // namespace

int supervise(blueprint& plan, const renew_terms& renew) { return supervisor(plan, renew).run(); }

}  // namespace shoal::cluster
