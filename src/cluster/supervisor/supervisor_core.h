// The supervisor itself. What happens to processes is in supervisor.cc, how a generation follows
// another in supervisor_reload.cc and is tried before in supervisor_canary.cc, how one program
// follows another in supervisor_upgrade.cc, how all ends in supervisor_stop.cc, what the control
// socket asks for in supervisor_control.cc: all that happens meets in its members, on one thread.
// These six alone pay for asio.
#pragma once

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <cstdlib>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cluster/control/control_server.h"
#include "cluster/exit_code.h"
#include "cluster/letters/mail_room.h"
#include "cluster/listen/doorkeeper.h"
#include "cluster/listen/weigher.h"
#include "cluster/supervisor/canary.h"
#include "cluster/supervisor/duty_desk.h"
#include "cluster/supervisor/process_slot.h"
#include "cluster/supervisor/reload.h"
#include "cluster/supervisor/reload_wishes.h"
#include "cluster/supervisor/service_manager.h"
#include "cluster/supervisor/supervisor.h"
#include "cluster/supervisor/upgrade.h"
#include "cluster/supervisor/watched_process.h"
#include "topology/oom_kills.h"

namespace shoal::cluster {

/// A process leaves its slots in microseconds, whatever its workers are doing. One whose main
/// thread does not for so long is stopped or stuck.
inline constexpr nanoseconds vacate_timeout = std::chrono::seconds(5);

/// So long it is waited for that a process which was told to leave says that it accepts no more: a
/// worker that is in a handler hears of it later.
inline constexpr std::chrono::milliseconds leave_patience{100};

/// Its context is used by this process alone: a child closes the descriptors that it has inherited
/// of it and never returns into it.
class supervisor final : private process_watcher, private control_target {
 public:
  supervisor(blueprint& plan, const renew_terms& renew, const lifecycle_hooks& hooks);

  int run();

 private:
  static constexpr const char* it_stops = "the cluster stops";
  static constexpr const char* is_replaced = "another program has taken this one's place";
  using process = std::shared_ptr<watched_process>;

  struct watched_slot : process_slot {
    watched_slot(unsigned number, const lifecycle_options& options, asio::io_context& context)
        : process_slot(number, options), timer(context) {}
    asio::steady_timer timer;
    process current;         ///< whose life is the slot's
    process successor;       ///< during a reload, until it takes over
    process before;          ///< from then on until it has left the slots
    bool unsettled = false;  ///< the one that serves does not serve alone yet
    bool elsewhere = false;  ///< another supervisor's process has the slots

    /// Those who have had it killed, and wait until another one serves.
    struct mourner {
      pid_t lost;
      control_then then;
    };
    std::vector<mourner> mourners;

    [[nodiscard]] bool is_mourned(pid_t pid) const noexcept {
      return std::any_of(mourners.begin(), mourners.end(),
                         [pid](const mourner& m) { return m.lost == pid; });
    }
  };

  void serve_until_stopped();
  /// From here on connections are ours.
  void take_up();

  // --- what happens to a slot
  void act(watched_slot& slot, slot_action action);
  /// nullptr: it cannot be, and the slot says why.
  process fork(watched_slot& slot, bool succeeds);
  static void drain(watched_process& which);
  void kill(watched_slot& slot);
  void kill(watched_process& which, const std::string& why);
  void give_up(watched_slot& slot);

  // --- what processes say, and their ends
  void heed(watched_process& from, note&& what) override;
  void ended(watched_process& which, int status) override;
  void current_ended(watched_slot& slot, int status, const lifecycle_event& event);
  end_kind what_follows(const watched_slot& slot, const lifecycle_event& event, end_kind end);
  [[nodiscard]] exit_policy policy_for(const lifecycle_event& event) noexcept;
  void add_want_of_memory(lifecycle_event& event, const watched_process& which);
  void mark_gone(const watched_slot& slot, bool asked);
  void successor_ended(watched_slot& slot, int status);
  void predecessor_ended(watched_slot& slot, const watched_process& which, int status);
  void tell_end(const watched_slot& slot, const watched_process& gone, int status, bool asked);
  void lost(watched_slot& slot, end_kind end);
  void became_ready(watched_slot& slot);
  /// It serves, and nobody before it accepts any more.
  void settled(watched_slot& slot);
  void tell_ready();

  // --- the service manager
  void tell_manager_ready() const;
  /// So that the next supervisor gets them with all who wait there, however this one ends.
  void have_sockets_kept() const;
  /// A cluster in which nobody serves is not alive, whatever its supervisor does.
  void feed_watchdog();

  // --- reloading
  [[nodiscard]] bool reloading() const noexcept { return reload_ && !reload_->over(); }
  [[nodiscard]] bool handing_over() const noexcept;
  void want_reload(const std::set<unsigned>& which, reload_wishes::then then);
  void begin_reload();
  void begin_reload(result<generation_terms> terms);
  void refuse_reload(const std::string& why);
  void carry_out(const reload::orders& orders);
  void carry_out(watched_slot& slot, reload_action what);
  void begin_to(reload_action what);
  void begin_generation();
  void ask(watched_slot& slot);
  /// From here on the successor's life is the slot's, and the one before only has to go.
  void take_over(watched_slot& slot);
  /// `which`, if there is one, has to leave the slots; vacated() follows.
  void dismiss(watched_slot& slot, process which);
  void vacated(watched_slot& slot);
  /// Another process serves: those that were left move there.
  void send_on(const watched_slot& slot);
  void kill_if_late(watched_process& leaver);
  void look_if_settled(bool long_enough = false);
  /// The slots are free.
  void open(watched_slot& slot);
  [[nodiscard]] bool has_leavers(const watched_slot& slot) const noexcept;
  void end_reload();
  void tell_how_it_went();
  void tell_reload_over(const std::string& failure);
  void set_reload_timer();

  // --- new processes on trial
  result<void> prepare_trial();
  void begin_trial();
  void try_out(watched_slot& slot);
  void share(watched_slot& slot);
  void judge_trial();
  void tell_trial_over(const std::string& how);
  [[nodiscard]] trial_counts count_tried();
  [[nodiscard]] trial_counts count_all() const;
  void take_back(watched_slot& slot);

  // --- recycling
  void look_for_worn();
  [[nodiscard]] process_wear wear_of(const watched_slot& slot) const;

  // --- being replaced by another program
  [[nodiscard]] bool upgrading() const noexcept { return upgrade_ && !upgrade_->over(); }
  [[nodiscard]] bool handed_over() const noexcept { return upgrade_ && upgrade_->handed_over(); }
  /// Another program.
  struct successor_program {
    std::string path;  ///< to be executed
    std::string name;  ///< of its file, as people know it
    std::vector<std::string> arguments;
    std::vector<int> keep;  ///< descriptors that it, or its start, needs
  };
  [[nodiscard]] successor_program same_program(std::string binary) const;
  void want_upgrade(successor_program next, control_then then);
  [[nodiscard]] std::string why_no_upgrade(const std::string& path) const;
  void heed_heir(note&& what);
  void heir_serves();
  void heir_serves_alone();
  void heir_ended(int status);
  void carry_out(upgrade_action action);
  void bequeath();
  void hand_over();
  void take_back();
  void tell_upgrade_over(const std::string& failure);
  void set_upgrade_timer();

  // --- replacing another program
  void begin_inheritance();
  void heed_elder(note&& what);
  void inherit(watched_slot& slot);
  void end_inheritance();
  void elder_gone();
  void be_who_listens();
  void own_files();

  // --- stopping
  /// `after`: so long everything goes on but for /readyz.
  void begin_stop(const std::string& why, nanoseconds after = nanoseconds::zero());
  void drain_all();
  void stop_now();
  void end_if_over();
  [[nodiscard]] bool passes_on() noexcept;
  void heed_signal(int signal);

  // --- the control socket
  [[nodiscard]] std::set<unsigned> all_nodes() const;
  static void refuse(std::string_view why, const control_then& then) {
    then({control_outcome::kind::refused, std::string(why)});
  }
  static control_outcome refusal_of_stop() { return {control_outcome::kind::refused, it_stops}; }
  [[nodiscard]] control_status status() const override;
  [[nodiscard]] unsigned resting_of(unsigned node) const;
  static process_status status_of(const process& which, process_role role);
  [[nodiscard]] std::string_view state() const noexcept;
  [[nodiscard]] numa_status numa() const override;
  [[nodiscard]] process_numa_status numa_of(unsigned number) const;
  [[nodiscard]] std::vector<listener_status> listeners() const override;
  [[nodiscard]] const event_ring& events() const override { return events_; }
  [[nodiscard]] unsigned nodes() const override { return plan_.processes(); }
  void reload_all(control_then then) override { replace(all_nodes(), std::move(then)); }
  void restart(unsigned node, control_then then) override { replace({node}, std::move(then)); }
  void replace(const std::set<unsigned>& which, control_then then);
  [[nodiscard]] std::string show_serving(const std::set<unsigned>& which) const;
  void upgrade_to(const std::string& binary, control_then then) override;
  void roll_back(control_then then) override;
  void kill(unsigned node, control_then then) override;
  void scale(unsigned workers, control_then then) override;
  void drain(unsigned node, control_then then) override;
  void undrain(unsigned node, control_then then) override;
  /// Empty: nothing is against it.
  [[nodiscard]] std::string_view may_change_duties() const noexcept;
  void tell_duties();
  /// Who waited for a process that serves instead of one that was killed.
  void console(watched_slot& slot);
  control_outcome stop(bool now) override;
  control_outcome reopen_log() override;
  void record(lifecycle_event event);
  void record(event_kind kind, const watched_process& which);
  void hear(const lifecycle_event& event) noexcept;
  static lifecycle_event exit_event(const watched_slot& slot, const watched_process& which,
                                    int status);
  static event_process event_process_of(const watched_process& which);

  // --- asio's side: each of these waits once and then again
  void await_signal();
  void set_timer(watched_slot& slot);
  [[nodiscard]] std::string show(const watched_process& which) const;

  blueprint& plan_;
  const renew_terms& renew_;
  const lifecycle_hooks& hooks_;
  const monotonic_time began_ = read_clock();
  asio::io_context context_{1};
  asio::signal_set signals_;
  std::deque<watched_slot> slots_;  // whose addresses handlers keep
  std::vector<process> leavers_;    // whose slots are others' now, or who never had any
  weigher weigher_;
  doorkeeper doors_;
  duty_desk duties_;
  event_ring events_;
  mail_room mail_;
  control_server control_;
  std::optional<reload> reload_;  // the last one
  generation_terms next_terms_;   // of its processes
  trial_counts before_trial_;     // what had been counted when it began
  asio::steady_timer reload_timer_;
  const service_manager manager_{[](const char* name) -> const char* { return std::getenv(name); }};
  asio::steady_timer watchdog_timer_;
  monotonic_time reload_began_{};
  monotonic_time reload_told_{};  // the end of which one
  reload_wishes wishes_;
  std::optional<upgrade> upgrade_;  // the last one
  process heir_;                    // until its end
  bool heir_unsettled_ = false;     // it serves, and we may still accept
  control_then upgrade_heard_;
  asio::steady_timer upgrade_timer_;
  asio::steady_timer drain_timer_;
  asio::steady_timer recycle_timer_;
  asio::steady_timer settle_timer_;
  monotonic_time recycles_again_{};
  std::shared_ptr<note_line> elder_;  // until its end
  pid_t elder_pid_ = 0;
  bool inheriting_ = false;  // until it is known whether our first processes serve
  bool taken_up_ = false;
  unsigned reloads_ = 0;        // that have ended
  std::string reload_failure_;  // of the last of them
  std::uint64_t oom_kills_ = topology::count_oom_kills(plan_.terms.said.topology_root);
  int code_ = exit_stopped;
  bool ready_told_ = false;
  bool stopping_ = false;
  bool hurried_ = false;
  monotonic_time first_wish_{};  // of a signal to stop
};

}  // namespace shoal::cluster
