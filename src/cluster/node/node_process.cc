#include "cluster/node/node_process.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "cluster/channel.h"
#include "cluster/descriptor_budget.h"
#include "cluster/exit_code.h"
#include "cluster/moved_note.h"
#include "cluster/node/answers.h"
#include "cluster/node/crash_report.h"
#include "cluster/node/page_watch.h"
#include "cluster/node/process_pools.h"
#include "cluster/node/roll_call.h"
#include "cluster/node/watcher.h"
#include "cluster/node/way_out.h"
#include "cluster/node/worker_thread.h"
#include "cluster/options/units.h"
#include "cluster/rights/call_filter.h"
#include "cluster/rights/rights.h"
#include "cluster/stall/stall_stack.h"
#include "cluster/supervisor/fork_process.h"
#include "topology/memory_policy.h"
#include "topology/pin.h"

namespace shoal::cluster {
namespace {

/// A connection that the supervisor has sent.
struct newcomer {
  worker_thread* to;
  descriptor socket;
  std::optional<moved_note> moved;  ///< of one that another process has sent
};

class node_process final {
 public:
  node_process(const blueprint& plan, const process_identity& who, int channel,
               std::optional<observe::log_file> own_stdout)
      : plan_(plan),
        who_(who),
        channel_(channel),
        workers_(plan.workers_of(who.process)),
        out_(channel, workers_),
        answers_(channel),
        own_stdout_(std::move(own_stdout)),
        crew_(plan.workers_of(who.process)),
        duties_(plan.roster.marks_of(who.process)),
        slots_free_(!who.succeeds) {}

  int run() {
    terminations_ = open_terminations();
    try {
      if (plan_.terms.access_log) open_access_log();
      pools_.emplace(plan_.placement.processes[who_.process], plan_.terms.pools);
      for (unsigned i = 0; i < plan_.workers_of(who_.process); ++i) {
        auto* const observer = access_log_ ? &access_log_->of(i) : nullptr;
        threads_.push_back(std::make_unique<worker_thread>(plan_, who_, i, workers_, out_, crew_,
                                                           bell_, observer, pools_->executors()));
      }
    } catch (const std::exception& failure) {
      return fail(std::string("no thread more can be started: ") + failure.what());
    }
    return follow();
  }

 private:
  /// When all have booted and nobody else has the slots. Until then it can be asked something.
  void open_workers() {
    if (!booted_ || !slots_free_ || draining_ || std::exchange(opened_, true)) return;
    for (const auto& thread : threads_) thread->open();
    be_alone();
    heed_duties();
  }

  /// Who rests, once they serve.
  void heed_duties() {
    if (!opened_ || draining_ || left_) return;
    for (std::size_t i = 0; i < std::min(threads_.size(), duties_.size()); ++i) {
      threads_[i]->rest(duties_[i] == '1');
    }
  }

  void be_alone() {
    if (!opened_ || !alone_ || draining_ || std::exchange(told_alone_, true)) return;
    for (const auto& thread : threads_) thread->be_alone();
  }

  static descriptor open_terminations() {
    sigset_t term;
    ::sigemptyset(&term);
    ::sigaddset(&term, SIGTERM);
    descriptor fd(::signalfd(-1, &term, SFD_CLOEXEC | SFD_NONBLOCK));
    SHOAL_CHECK(fd.open());
    return fd;
  }

  void open_access_log() {
    const auto& options = *plan_.terms.access_log;
    auto* const tally = &plan_.overview->tallies.of(plan_.first_worker_of(who_.process));
    if (own_stdout_) {
      access_log_.emplace(options, plan_.workers_of(who_.process), tally, *std::move(own_stdout_));
    } else {
      access_log_.emplace(options, plan_.workers_of(who_.process), tally);
    }
  }

  int follow() {
    while (true) {
      pollfd sources[] = {{workers_.fd(), POLLIN, 0},
                          {terminations_.get(), POLLIN, 0},
                          {bell_.fd(), POLLIN, 0},
                          {post_bell(), POLLIN, 0},
                          {channel_, awaited_of_supervisor(), 0}};
      wait_for(std::span(sources, orphaned_ ? 4 : 5));
      const auto workers = workers_.look();
      if (!workers.failure.empty()) return fail(workers.failure);
      if (workers.all_ended && (orphaned_ || !wants_room())) return finish();
      if (workers.all_drained && !std::exchange(ending_, true)) {
        pools_->stop();  // jobs come home while there are loops
        for (const auto& thread : threads_) thread->end();
      }
      if (workers.all_booted && !std::exchange(booted_, true)) {
        const auto shut = deny_more_rings(plan_.terms.calls);
        if (!shut) return fail(shut.error().message);
        if (who_.succeeds) send_note(channel_, note_kind::booted);
        open_workers();
      }
      if (workers.all_serve && !std::exchange(announced_, true)) {
        if (const auto why = begin_to_watch(); !why.empty()) return fail(why);
        send_note(channel_, note_kind::ready);  // before connections that leave fill the channel
        if (!draining_) out_.open();
        if (vacates_when_ready_) vacate();
      }
      if (workers.all_left && !std::exchange(told_left_, true)) {
        send_note(channel_, note_kind::left);  // if there is no room, nobody waits for it for long
      }
      if (sources[1].revents != 0) heed_termination();
      if (sources[3].revents != 0) call_for_letters();
      if (!orphaned_ && sources[4].revents != 0) heed_supervisor();
    }
  }

  /// Empty: it watches; else why not.
  std::string begin_to_watch() {
    try {
      watcher_.emplace(plan_, who_.process, threads_, out_, bell_, pools_->at_work());
      pages_.emplace(plan_, who_.process, threads_);
    } catch (const std::exception& failure) {
      return std::string("no thread more can be started: ") + failure.what();
    }
    next_look_ = read_clock();
    return {};
  }

  /// Until one of them says something or the watcher wants to look.
  void wait_for(std::span<pollfd> sources) {
    timespec left{};
    const auto until = std::min(next_look_, next_log_sum());
    if (until != never) {
      const auto ns = std::max((until - read_clock()).count(), nanoseconds::rep{0});
      left = {.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000};
    }
    ::ppoll(sources.data(), sources.size(), until == never ? nullptr : &left, nullptr);
    log_sums_due();
    // Workers that drain may end at any time: nobody is sent to them.
    const bool watches = watcher_.has_value() && !draining_ && !left_;
    next_look_ = never;
    if (!watches) return;
    next_look_ = std::min(watcher_->look(read_clock()), pages_->look(read_clock()));
  }

  void heed_termination() {
    signalfd_siginfo information{};
    if (::read(terminations_.get(), &information, sizeof information) <= 0) return;
    log_info("SIGTERM: draining, then leaving");
    leaving_ = true;
    drain();
  }

  /// While the boxes of its workers are its own. -1: poll(2) looks at none.
  [[nodiscard]] int post_bell() const noexcept {
    const bool reads = plan_.post && opened_ && !left_ && !ending_;
    return reads ? plan_.post->bell(who_.process) : -1;
  }

  void call_for_letters() {
    if (left_ || ending_) return;
    plan_.post->hush(who_.process);
    for (const auto& thread : threads_) thread->call_for_letters();
  }

  [[nodiscard]] short awaited_of_supervisor() const noexcept {
    return wants_room() ? POLLIN | POLLOUT : POLLIN;
  }

  /// The supervisor has to read before all is said.
  [[nodiscard]] bool wants_room() const noexcept { return answers_.wants_room() || owes_vacated_; }

  void heed_supervisor() {
    while (auto received = take_note(channel_)) {
      if (received->kind == note_kind::closed) {
        live_on_as_orphan();
        break;
      }
      if (received->kind == note_kind::drain) drain();
      if (received->kind == note_kind::announce) announce_stop();
      if (received->kind == note_kind::trial) begin_trial();
      if (received->kind == note_kind::share) share(*received);
      if (received->kind == note_kind::serve) slots_free_ = true;
      if (received->kind == note_kind::alone) alone_ = true;
      if (received->kind == note_kind::vacate) vacate();
      if (received->kind == note_kind::leave) leave();
      if (received->kind == note_kind::roster) {
        duties_ = std::move(received->text);
        heed_duties();
      }
      if (received->kind == note_kind::reopen && access_log_) access_log_->reopen();
      if (received->kind == note_kind::connection) answers_.add(take_connection(*received));
      if (received->kind == note_kind::moved) answers_.add(take_moved(*received));
      if (received->kind == note_kind::passed) {
        out_.passed(static_cast<unsigned>(parse_number(received->text).value_or(0)), read_clock());
      }
    }
    let_in();
    open_workers();
    be_alone();
    if (owes_vacated_) owes_vacated_ = !send_note(channel_, note_kind::vacated);
  }

  /// Before it has slots; until then what it serves is sent to it.
  void begin_trial() {
    if (!booted_ || opened_ || draining_ || std::exchange(on_trial_, true)) return;
    out_.open();
    for (const auto& thread : threads_) thread->begin_trial();
  }

  /// Of what comes here, with who is on trial.
  void share(const note& received) {
    if (!announced_ || draining_ || left_) return;
    const auto percent = static_cast<unsigned>(parse_number(received.text).value_or(0));
    for (const auto& thread : threads_) thread->share(std::min(percent, 100U));
  }

  /// False: the supervisor, which still has it, shall find somebody else.
  bool take_connection(note& received) {
    const auto worker = parse_number(received.text);
    if (!received.socket || draining_ || left_ || !worker || *worker >= threads_.size())
      return false;
    came_.push_back({threads_[*worker].get(), std::move(received.socket), std::nullopt});
    return true;
  }

  /// One that comes back, since all others drain as well, is let in as long as anybody serves.
  bool take_moved(note& received) {
    auto one = read_moved(received.text);
    if (!received.socket || !one || one->about.worker >= threads_.size()) return false;
    if (ending_ || ((draining_ || left_) && !one->about.comes_back)) return false;
    auto* const worker = threads_[one->about.worker].get();
    came_.push_back({worker, std::move(received.socket), std::move(one)});
    return true;
  }

  /// Answered for before a worker reads of them: if the process dies of one, nobody else shall
  /// serve it again.
  void let_in() {
    answers_.say();
    for (auto& one : came_) {
      if (!one.moved) {
        one.to->take(one.socket);
        continue;
      }
      auto moved = unpack(std::move(*one.moved), one.socket.release());
      if (!one.to->adopt(std::move(moved))) http::break_off(moved);
    }
    came_.clear();
  }

  // PR_SET_PDEATHSIG has killed us before this, as a rule.
  void live_on_as_orphan() {
    orphaned_ = true;
    log_error("the supervisor is gone; draining, then leaving");
    const auto patience =
        std::chrono::duration_cast<std::chrono::seconds>(plan_.terms.lifecycle.drain_timeout);
    ::alarm(static_cast<unsigned>(patience.count()) + 1);  // its default action ends the process
    drain();
  }

  /// Another process is to serve instead: it gets the slots at once, whatever workers are doing.
  /// Who has not begun to serve never will; who has, and has not said so yet, may have clients.
  void vacate() {
    if (!opened_) return drain();
    vacates_when_ready_ = !announced_;
    if (!announced_ || std::exchange(left_, true)) return;
    const auto slots = plan_.segment.leave_slots();
    const auto entries = plan_.steering->board().leave_entries();
    if (!slots || !entries) {  // two would write there
      log_error("leaving at once: " + (slots ? entries : slots).error().message);
      return drain();
    }
    owes_vacated_ = true;
    if (draining_) return;
    let_in();
    for (const auto& thread : threads_) thread->vacate();
  }

  /// It serves, and gets what workers have. Who has been on trial and is not wanted has no slots to
  /// give before.
  void leave() {
    if (on_trial_ && !opened_ && !std::exchange(left_, true)) {
      owes_vacated_ = true;
      let_in();
    }
    if (!left_ || draining_ || std::exchange(moves_on_, true)) return;
    for (const auto& thread : threads_) thread->leave();
  }

  void drain() {
    if (std::exchange(draining_, true)) return;
    let_in();  // who came before, while workers still wait for them
    out_.shut();
    if (workers_.call_off()) return;
    for (const auto& thread : threads_) thread->drain();
  }

  void announce_stop() {
    if (!booted_ || draining_ || std::exchange(stop_announced_, true)) return;
    for (const auto& thread : threads_) thread->announce_stop();
  }

  int fail(const std::string& reason) {
    send_note(channel_, note_kind::failed, reason);
    log_all_sums();
    // Other workers may be anywhere in their boot and cannot be waited for.
    std::_Exit(exit_boot_failed);
  }

  int finish() {
    threads_.clear();  // joins
    pools_.reset();
    access_log_.reset();
    log_all_sums();
    if (leaving_) send_note(channel_, note_kind::leaving);
    std::fflush(nullptr);  // what handlers have printed
    return exit_stopped;
  }

  const blueprint& plan_;
  const process_identity& who_;
  const int channel_;
  roll_call workers_;
  way_out out_;
  answers answers_;
  std::optional<observe::log_file> own_stdout_;  // the access log, opened when we might
  std::vector<newcomer> came_;                   // and are let in before anything else happens
  std::vector<worker_thread*> crew_;             // as they find each other; their threads fill it
  bell bell_;
  descriptor terminations_;
  std::optional<observe::access_log> access_log_;
  std::optional<process_pools> pools_;
  std::vector<std::unique_ptr<worker_thread>> threads_;
  std::optional<watcher> watcher_;   ///< once all serve
  std::optional<page_watch> pages_;  ///< likewise
  monotonic_time next_look_ = never;
  std::string duties_;               // of each worker: '1' if it rests
  bool slots_free_;                  // no other process has them
  bool booted_ = false;              // all workers have
  bool on_trial_ = false;            // they were, or are
  bool opened_ = false;              // they were told to serve
  bool alone_ = false;               // no process before it has its listeners
  bool told_alone_ = false;          // the workers were told so
  bool announced_ = false;           // ready was said
  bool vacates_when_ready_ = false;  // it was told so in between
  bool left_ = false;                // another process has its slots
  bool moves_on_ = false;            // and gets its connections
  bool told_left_ = false;           // no worker accepts any more, which was said
  bool owes_vacated_ = false;        // and is to hear of it
  bool stop_announced_ = false;
  bool draining_ = false;
  bool ending_ = false;    // all workers have drained and were told to end
  bool leaving_ = false;   // somebody else than the supervisor wants it to end
  bool orphaned_ = false;  // nobody is at the channel's other end
};

}  // namespace

namespace {

/// The pipe or the terminal that stdout is may be the supervisor's alone: who gives rights up opens
/// it for the access log before that.
std::optional<observe::log_file> open_stdout(const generation_terms& terms) {
  if (!terms.user || !terms.access_log || terms.access_log->path != "-") return std::nullopt;
  auto file = observe::log_file::open("-");
  return file ? std::optional(std::move(file).value()) : std::nullopt;
}

/// Before there is a thread, and before anything of a client's is read.
result<void> give_rights_up(const generation_terms& terms) {
  gain_no_rights();
  if (!terms.user) return {};
  const pid_t parent = ::getppid();
  auto done = become(*terms.user);
  die_with(parent);
  return done;
}

}  // namespace

int run_node_process(const blueprint& plan, const process_identity& who, int channel) {
  const auto name = "node " + std::to_string(who.process);
  set_log_name(name);
  set_log_level(plan.terms.log);
  set_log_format(plan.terms.log_as);
  auto own_stdout = open_stdout(plan.terms);
  if (const auto done = give_rights_up(plan.terms); !done) {
    send_note(channel, note_kind::failed, done.error().message);
    return exit_boot_failed;
  }
  install_crash_report();
  install_stack_capture();
  ::pthread_setname_np(::pthread_self(), ("shoal-" + name).c_str());
  const auto& place = plan.placement.processes[who.process];
  // What this thread touches first for others (their stacks' ends, the pools) lies near, too.
  if (const auto kept = topology::confine_this_thread(place.cpus); !kept) {
    log_debug("the main thread may run anywhere: " + kept.error().message);
  }
  if (const auto set = topology::set_memory_policy(plan.machine, place.memory); !set) {
    if (plan.terms.said.strict) {
      send_note(channel, note_kind::failed, set.error().message + " (strict)");
      return exit_boot_failed;
    }
    log_warning("memory may lie on any NUMA node: " + set.error().message);
  }
  make_room_for_descriptors(std::uint64_t{plan.terms.server.max_connections} *
                            plan.workers_of(who.process));
  if (const auto done = confine(plan.terms.calls, plan.driver == io::driver_kind::uring); !done) {
    send_note(channel, note_kind::failed, done.error().message);
    return exit_boot_failed;
  }
  return node_process(plan, who, channel, std::move(own_stdout)).run();
}

}  // namespace shoal::cluster
