// The only file that includes asio. Its context is used by this process alone: a child closes the
// descriptors that it has inherited of it and never returns into it.
#include "cluster/supervisor.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <deque>
#include <optional>
#include <string>

#include "base/log.h"
#include "cluster/channel.h"
#include "cluster/exit_code.h"
#include "cluster/fork_process.h"
#include "cluster/handoff_desk.h"
#include "cluster/node_process.h"
#include "cluster/process_slot.h"
#include "dispatch/steer_survey.h"
#include "shm/slot_writer.h"

namespace shoal::cluster {
namespace {

// Two stop signals this close together are one wish: timeout(1) signals its child and then the
// whole group, and so do terminals and npm together.
constexpr nanoseconds one_wish = std::chrono::milliseconds(100);

// `cbpf`: how often the kernel gets new weights while somebody is served, and after how many looks
// at which nobody was it keeps the even ones until a worker rings. A light request is over in a
// millisecond; new weights cost some tens of microseconds, and only if they differ.
constexpr std::chrono::milliseconds weigh_every(10);
constexpr unsigned quiet_looks = 20;

class supervisor final {
 public:
  explicit supervisor(const blueprint& plan)
      : plan_(plan),
        signals_(context_),
        survey_(plan.segment),
        weighing_(context_),
        desk_(plan),
        retry_(context_) {
    for (unsigned p = 0; p < plan.processes(); ++p) {
      slots_.emplace_back(p, plan.lifecycle, context_);
    }
    for (const int signal : supervisor_signals) signals_.add(signal);
  }

  int run() {
    await_signal();
    plan_.segment.set_dispatch(plan_.steering->show());
    plan_.segment.set_stall_warn(plan_.balance.stall_warn);
    start_weighing();
    open_doors();
    for (auto& slot : slots_) act(slot, slot.life.start(read_clock()));
    context_.run();
    return code_;
  }

 private:
  /// A slot with what asio watches for it.
  struct watched_slot : process_slot {
    watched_slot(unsigned process, const lifecycle_options& options, asio::io_context& context)
        : process_slot(process, options), timer(context) {}

    asio::steady_timer timer;
    // Of the present process; empty while there is none.
    std::optional<asio::posix::stream_descriptor> end;
    std::optional<asio::posix::stream_descriptor> channel;
  };

  // --- what happens to a slot

  void act(watched_slot& slot, slot_action action) {
    switch (action) {
      case slot_action::none:
        break;
      case slot_action::fork:
        fork(slot);
        break;
      case slot_action::drain:
        // Where the channel is full of connections, the signal says it as well.
        if (!send_note(slot.channel->native_handle(), note_kind::drain)) ::kill(slot.pid, SIGTERM);
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

  void fork(watched_slot& slot) {
    const auto who = slot.identity();
    slot.leaving = false;
    slot.killed = false;
    std::vector<int> keep = plan_.inherited;
    keep.push_back(plan_.steering->board().bell_fd());
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
      return lost(slot, end_kind::crashed);
    }
    auto& process = forked.value();
    slot.pid = process.pid;
    slot.end.emplace(context_, process.pidfd.release());
    slot.channel.emplace(context_, process.channel.release());
    await_end(slot);
    await_note(slot);
  }

  void kill(watched_slot& slot) {
    std::string why = " has not drained within its timeout";
    if (hurried_) why = " is stopped at once";
    if (slot.life.state() == slot_state::booting) {
      why = " is not ready within its boot timeout";
      slot.last_failure = "it" + why;
    }
    log_warning(show_process(slot, plan_) + why + "; killed");
    slot.killed = true;
    ::kill(slot.pid, SIGKILL);
  }

  void give_up(watched_slot& slot) {
    const auto& limits = plan_.lifecycle;
    const auto period = std::chrono::duration_cast<std::chrono::seconds>(limits.failure_period);
    log_error("node " + std::to_string(slot.number) + " has failed to boot more than " +
              std::to_string(limits.failure_limit) + " times in " + std::to_string(period.count()) +
              " s; the cluster gives up" +
              (slot.last_failure.empty() ? "" : ". The last reason: " + slot.last_failure));
    code_ = exit_restart_exceeded;
    // The others go too: this slot's queue would keep its share of the clients waiting for ever.
    stop();
  }

  void reaped(watched_slot& slot) {
    read_notes(slot);  // its last words
    int status = 0;
    if (::waitpid(slot.pid, &status, WNOHANG) != slot.pid) return await_end(slot);
    const bool asked = slot.leaving || slot.life.state() == slot_state::draining;
    tell_end(slot, status, asked);
    for (unsigned w = 0; w < plan_.workers_of(slot.number); ++w) {
      shm::mark_gone(plan_.segment.slot(plan_.first_worker_of(slot.number) + w),
                     asked ? shm::worker_state::stopped : shm::worker_state::crashed);
      board_entry(slot, w).state = 0;
    }
    desk_.closed(slot.number);
    if (bell_) rung();  // the dead get no share; and one may have been about to ring
    slot.end.reset();
    slot.channel.reset();
    slot.pid = -1;
    const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    lost(slot, slot.leaving ? end_kind::left : killed ? end_kind::killed : end_kind::crashed);
    hand_on();
  }

  void tell_end(const watched_slot& slot, int status, bool asked) {
    if (slot.killed) return;  // has been told
    if (asked && status == 0) {
      log_info(show_process(slot, plan_) + " has drained and left");
    } else if (slot.life.state() == slot_state::booting) {
      log_error(show_process(slot, plan_) + " " + show_end(status) +
                (slot.last_failure.empty() ? "" : ": " + slot.last_failure));
    } else {
      log_error(show_process(slot, plan_) + " " + show_end(status));
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

  void heed(watched_slot& slot, note&& received) {
    switch (received.kind) {
      case note_kind::ready:
        became_ready(slot);
        break;
      case note_kind::failed:
        slot.last_failure = received.text;
        break;
      case note_kind::leaving:
        slot.leaving = true;
        break;
      case note_kind::answered:
        desk_.answered(slot.number, received.text, read_clock());
        hand_on();
        break;
      case note_kind::moved:
        desk_.came(slot.number, std::move(received));
        hand_on();
        break;
      default:
        break;
    }
  }

  void became_ready(watched_slot& slot) {
    const auto now = read_clock();
    act(slot, slot.life.became_ready(now));
    // To one that has to drain at once, too: what it has sent meanwhile goes back there.
    desk_.opened(slot.number, slot.channel->native_handle());
    hand_on();
    if (slot.life.state() != slot_state::ready) return;
    slot.last_failure.clear();
    if (ready_told_) {
      log_info(show_process(slot, plan_) + " is ready, " + show_elapsed(now - slot.lost_since) +
               " after the loss of the one before");
      return;
    }
    for (const auto& other : slots_) {
      if (other.life.state() != slot_state::ready) return;
    }
    ready_told_ = true;
    log_info(show_ready(plan_));
  }

  dispatch::steer_entry& board_entry(const watched_slot& slot, unsigned index) const {
    return plan_.steering->board().entries()[plan_.first_worker_of(slot.number) + index];
  }

  // --- weights for the kernel, while somebody is served

  void start_weighing() {
    if (plan_.steering->kind() != dispatch::steer_kind::cbpf) return;
    const int bell = ::fcntl(plan_.steering->board().bell_fd(), F_DUPFD_CLOEXEC, 3);
    SHOAL_CHECK(bell >= 0);  // the budget counted it
    bell_.emplace(context_, bell);
    await_bell();
    plan_.steering->board().bell().armed = 1;
  }

  void rung() {
    std::uint64_t times = 0;
    [[maybe_unused]] const auto ignored = ::read(bell_->native_handle(), &times, sizeof times);
    quiet_ = 0;
    weigh();
  }

  void weigh() {
    const auto workers = survey_.look(dispatch::steer_stall);
    quiet_ = survey_.somebody_served() ? 0 : quiet_ + 1;
    if (quiet_ <= quiet_looks) {
      if (!plan_.steering->renew(workers)) return mechanism_fell();
      return set_weighing();
    }
    if (!plan_.steering->forget()) return mechanism_fell();
    // Whoever begins a turn at this very moment may not ring; his next turn does.
    plan_.steering->board().bell().armed = 1;
  }

  void mechanism_fell() {
    const auto now = plan_.steering->show();
    log_warning("dispatch has changed: " + now);
    plan_.segment.set_dispatch(now);
  }

  // --- connections that are handed on

  /// A listener from which the supervisor accepts.
  struct door {
    door(asio::io_context& context, int socket) : listener(context, socket) {}

    asio::posix::stream_descriptor listener;  // a duplicate
    bool shut = false;                        // until somebody can take what comes
  };

  void open_doors() {
    for (const auto& socket : plan_.sockets.handed()) {
      const int fd = ::fcntl(socket.get(), F_DUPFD_CLOEXEC, 3);
      SHOAL_CHECK(fd >= 0);  // the budget counted it
      doors_.emplace_back(context_, fd).shut = true;
    }
  }

  void serve(door& d) {
    const auto wait = desk_.serve(d.listener.native_handle(), read_clock());
    d.shut = wait != handoff_desk::wait::client;
    if (!d.shut) await_client(d);
    if (wait == handoff_desk::wait::time) set_retry();
  }

  void hand_on() {
    const auto wait = desk_.hand_on(read_clock());
    if (wait == handoff_desk::wait::time) set_retry();
    if (wait != handoff_desk::wait::client) return;
    for (auto& d : doors_) {
      if (d.shut) serve(d);
    }
  }

  // --- stopping

  void stop() {
    stopping_ = true;
    doors_.clear();
    desk_.stop();
    hand_on();
    const auto now = read_clock();
    for (auto& slot : slots_) act(slot, slot.life.stop(now));
  }

  void stop_now() {
    hurried_ = true;
    const auto now = read_clock();
    for (auto& slot : slots_) act(slot, slot.life.stop_now(now));
  }

  void end_if_over() {
    for (const auto& slot : slots_) {
      if (!slot.life.over()) return;
    }
    context_.stop();
  }

  void heed_signal(int signal) {
    const std::string name = std::string("SIG") + ::sigabbrev_np(signal);
    if (signal == SIGUSR1) {
      log_info(name + ": opening the access log again");
      reopen_access_log();
    } else if (signal != SIGTERM && signal != SIGINT && signal != SIGQUIT) {
      log_warning(name + ": what it will mean is not there yet; ignored");
    } else if (!stopping_) {
      log_info(name + ": draining; another one stops at once");
      first_wish_ = read_clock();
      stop();
    } else if (read_clock() - first_wish_ >= one_wish) {
      log_warning(name + ": stopping at once");
      stop_now();
    }
  }

  void reopen_access_log() {
    for (auto& slot : slots_) {
      if (slot.channel) send_note(slot.channel->native_handle(), note_kind::reopen);
    }
  }

  // --- asio's side: each of these waits once and then again

  void await_signal() {
    signals_.async_wait([this](const asio::error_code& failure, int signal) {
      if (failure) return;
      heed_signal(signal);
      await_signal();
    });
  }

  // Handlers of a process that is gone come with operation_aborted: its descriptors are closed.
  void await_end(watched_slot& slot) {
    slot.end->async_wait(asio::posix::stream_descriptor::wait_read,
                         [this, &slot](const asio::error_code& failure) {
                           if (!failure) reaped(slot);
                         });
  }

  void await_note(watched_slot& slot) {
    slot.channel->async_wait(asio::posix::stream_descriptor::wait_read,
                             [this, &slot](const asio::error_code& failure) {
                               if (!failure && read_notes(slot)) await_note(slot);
                             });
  }

  /// False once the process has closed its end; its pidfd says the rest.
  bool read_notes(watched_slot& slot) {
    while (auto received = take_note(slot.channel->native_handle())) {
      if (received->kind == note_kind::closed) return false;
      heed(slot, std::move(*received));
    }
    return true;
  }

  void await_bell() {
    bell_->async_wait(asio::posix::stream_descriptor::wait_read,
                      [this](const asio::error_code& failure) {
                        if (failure) return;
                        rung();
                        await_bell();
                      });
  }

  void await_client(door& d) {
    d.listener.async_wait(asio::posix::stream_descriptor::wait_read,
                          [this, &d](const asio::error_code& failure) {
                            if (!failure) serve(d);
                          });
  }

  void set_retry() {
    retry_.expires_after(handoff_desk::retry_after);
    retry_.async_wait([this](const asio::error_code& failure) {
      if (!failure) hand_on();
    });
  }

  void set_weighing() {
    weighing_.expires_after(weigh_every);
    weighing_.async_wait([this](const asio::error_code& failure) {
      if (!failure) weigh();
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

  const blueprint& plan_;
  asio::io_context context_{1};
  asio::signal_set signals_;
  std::deque<watched_slot> slots_;  // whose addresses handlers keep
  dispatch::steer_survey survey_;
  asio::steady_timer weighing_;
  std::optional<asio::posix::stream_descriptor> bell_;
  handoff_desk desk_;
  std::deque<door> doors_;  // whose addresses handlers keep
  asio::steady_timer retry_;
  unsigned quiet_ = 0;  // looks at which nobody was served
  int code_ = exit_stopped;
  bool ready_told_ = false;
  bool stopping_ = false;
  bool hurried_ = false;
  monotonic_time first_wish_{};  // of a signal to stop
};

}  // namespace

int supervise(const blueprint& plan) { return supervisor(plan).run(); }

}  // namespace shoal::cluster
