// What the world tells the supervisor to do by signals, how all of it ends, and what the service
// manager hears of it.
#include <signal.h>
#include <string.h>

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "base/log.h"
#include "cluster/supervisor/supervisor_core.h"

namespace shoal::cluster {
namespace {

// Two stop signals this close together are one wish: timeout(1) signals its child and then the
// whole group, and so do terminals and npm together.
constexpr nanoseconds one_wish = std::chrono::milliseconds(100);

}  // namespace

void supervisor::begin_stop(const std::string& why, nanoseconds after) {
  first_wish_ = read_clock();
  stopping_ = true;
  record({.kind = event_kind::stop, .text = why});
  if (!handed_over()) manager_.stopping();
  if (reloading()) carry_out(reload_->call_off());
  if (upgrade_) carry_out(upgrade_->call_off());
  wishes_.refuse(it_stops);
  duties_.stop(refusal_of_stop());
  for (auto& slot : slots_) {
    for (const auto& m : std::exchange(slot.mourners, {})) m.then(refusal_of_stop());
  }
  if (after <= nanoseconds::zero() || !taken_up_) return drain_all();
  for (auto& slot : slots_) {
    if (slot.current) slot.current->tell(note_kind::announce);
  }
  drain_timer_.expires_after(after);
  drain_timer_.async_wait([this](const asio::error_code& failure) {
    if (!failure && !hurried_) drain_all();
  });
}

void supervisor::drain_all() {
  doors_.stop();
  const auto now = read_clock();
  for (auto& slot : slots_) act(slot, slot.life.stop(now));
  for (const auto& leaver : leavers_) {
    drain(*leaver);
    if (std::exchange(leaver->stays, false)) kill_if_late(*leaver);
  }
}

void supervisor::stop_now() {
  hurried_ = true;
  drain_timer_.cancel();
  const auto now = read_clock();
  for (auto& slot : slots_) act(slot, slot.life.stop_now(now));
  for (const auto& leaver : leavers_) kill(*leaver, " is stopped at once");
}

void supervisor::end_if_over() {
  for (const auto& slot : slots_) {
    if (!slot.life.over()) return;
  }
  if (leavers_.empty() && !upgrading() && !passes_on()) context_.stop();
}

/// What comes from a program before this one, or is at the desk, still has to go to the one behind.
bool supervisor::passes_on() noexcept {
  if (stopping_ || !handed_over() || !heir_) return false;
  return elder_ != nullptr || !doors_.desk().idle();
}

void supervisor::heed_signal(int signal) {
  const std::string name = std::string("SIG") + ::sigabbrev_np(signal);
  if (signal == SIGUSR1) {
    log_info(name + ": " + reopen_log().text);
  } else if (signal == SIGHUP) {
    if (!stopping_) want_reload(all_nodes(), nullptr);
  } else if (signal == SIGUSR2) {
    want_upgrade(same_program(""), nullptr);
  } else if (signal == SIGTTIN || signal == SIGTTOU) {
    if (const auto why = may_change_duties(); !why.empty()) {
      log_warning(name + ": " + std::string(why));
    } else {
      duties_.step(signal == SIGTTIN ? 1 : -1);
    }
  } else if (signal != SIGTERM && signal != SIGINT && signal != SIGQUIT) {
    log_warning(name + ": it means nothing here; ignored");
  } else if (!stopping_) {
    const auto delay = plan_.terms.said.drain_delay;
    log_info(name + ": draining" +
             (delay.count() > 0 ? " in " + show_elapsed(delay) : std::string()) +
             "; another one stops at once");
    begin_stop(name, delay);
  } else if (read_clock() - first_wish_ >= one_wish) {
    log_warning(name + ": stopping at once");
    stop_now();
  }
}

void supervisor::await_signal() {
  signals_.async_wait([this](const asio::error_code& failure, int signal) {
    if (failure) return;
    heed_signal(signal);
    await_signal();
  });
}

void supervisor::tell_manager_ready() const {
  manager_.ready(std::to_string(plan_.placement.worker_count()) + " workers in " +
                 std::to_string(plan_.processes()) + " node processes");
}

void supervisor::have_sockets_kept() const {
  const auto own = plan_.sockets.own();
  if (manager_.room() != 0 && own.size() > manager_.room()) {
    log_warning("the service manager keeps " + std::to_string(manager_.room()) + " of " +
                std::to_string(own.size()) +
                " listeners over a restart: who waits in the others is lost then; raise "
                "FileDescriptorStoreMax= of the unit");
  }
  for (const auto& one : std::span(own).first(std::min<std::size_t>(own.size(), manager_.room()))) {
    const bool kept = std::find(plan_.kept.begin(), plan_.kept.end(), one.name) != plan_.kept.end();
    if (!kept) manager_.keep(one.name, one.socket);
  }
}

void supervisor::feed_watchdog() {
  if (!manager_.watchdog()) return;
  const bool served = std::any_of(slots_.begin(), slots_.end(), [](const watched_slot& slot) {
    return slot.life.state() == slot_state::ready;
  });
  if (handed_over() && !upgrading()) return;  // from now on the one that serves says so itself
  if (served || stopping_ || handed_over()) manager_.alive();
  watchdog_timer_.expires_after(*manager_.watchdog() / 3);
  watchdog_timer_.async_wait([this](const asio::error_code& failure) {
    if (!failure) feed_watchdog();
  });
}

}  // namespace shoal::cluster
