#include "cluster/node/watcher.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

#include "base/log.h"
#include "http/table.h"
#include "shm/slot_reader.h"

namespace shoal::cluster {
namespace {

using namespace std::chrono_literals;

// A look costs some 8 us, most of it the sleep. At 100 a second that is nothing beside any load; at
// 1000 it would be felt where there is little to do, so only those pay who have long turns.
constexpr nanoseconds calm_interval = 10ms;
constexpr nanoseconds alert_time = 2s;
constexpr unsigned looks_before_sleep = 5;

}  // namespace

watcher::watcher(const blueprint& plan, unsigned process,
                 std::span<const std::unique_ptr<worker_thread>> workers, way_out& out, bell& bell,
                 std::span<const compute::at_work> jobs)
    : plan_(plan),
      options_(plan.terms.balance),
      first_worker_(plan.first_worker_of(process)),
      workers_(workers),
      out_(out),
      bell_(bell),
      reporter_([](const std::string& text) { log_warning(text); }),
      hangs_(plan.terms.balance.hang_timeout),
      jobs_(jobs),
      seen_(workers.size()),
      rebalancer_(static_cast<unsigned>(workers.size())),
      busy_(workers.size()) {}

monotonic_time watcher::look(monotonic_time now) {
  bell_.is_awake();
  oldest_ = nanoseconds::zero();
  for (std::size_t i = 0; i < workers_.size(); ++i) look_at(i, now);
  heed_hangs(now);
  tell_of_jobs(now);
  if (options_.rebalance && workers_.size() > 1) rebalance(now);
  if (!anybody_moved() && ++quiet_looks_ > looks_before_sleep) {
    return sleep_if_nobody_moves(now);
  }
  if (!lends() || now >= alert_until_) return now + calm_interval;
  // Who has been stuck for long has nothing left to take but what comes now and then.
  return now + std::clamp(oldest_ / 8, options_.lend_after, calm_interval);
}

void watcher::look_at(std::size_t index, monotonic_time now) {
  worker_thread& worker = *workers_[index];
  const nanoseconds age = worker.connections().turn_age(now);
  oldest_ = std::max(oldest_, age);
  const bool stalls = options_.stall_warn > nanoseconds::zero() && age >= options_.stall_warn;
  if (stalls) tell(index, age);
  if (!lends()) return;
  if (age < options_.lend_after && !worker.take_had_long_turn()) return;
  alert_until_ = now + alert_time;
  if (age >= options_.lend_after) send_help(worker, stalls, now);
}

/// Once for each turn.
void watcher::tell(std::size_t index, nanoseconds age) {
  auto& connections = workers_[index]->connections();
  const std::uint64_t turn = connections.turns();
  if (std::exchange(seen_[index].told, turn) == turn) return;
  const auto id = first_worker_ + static_cast<unsigned>(index);
  const auto thread = plan_.segment.slot(id).thread_id.load(std::memory_order_relaxed);
  reporter_.report({.thread = static_cast<pid_t>(thread),
                    .worker = id,
                    .age = age,
                    .route = name_of(connections.request.route()),
                    .request_id = connections.request.id()});
}

void watcher::tell_of_jobs(monotonic_time now) {
  for (const auto& late : jobs_.look(now)) {
    reporter_.report({.thread = late.thread,
                      .age = now - late.since,
                      .route = name_of(late.route),
                      .is_job = true});
  }
}

/// Empty: it is none.
std::string watcher::name_of(std::uint32_t route) const {
  const auto& routes = plan_.table.entries;
  if (route >= routes.size()) return {};
  return std::string(to_string(routes[route].verb)).append(" ").append(routes[route].pattern);
}

void watcher::heed_hangs(monotonic_time now) {
  std::vector<nanoseconds> ages;
  if (hangs_.cares(oldest_)) {
    for (unsigned slot = 0; slot < plan_.segment.slot_count(); ++slot) {
      ages.push_back(shm::read_slot(plan_.segment.slot(slot)).turn_age);
    }
  }
  switch (hangs_.look(now, ages, oldest_)) {
    case hang_watch::verdict::none:
      return;
    case hang_watch::verdict::sick:
      log_error("several workers hang at once: the machine is sick, none of them is ended");
      return;
    case hang_watch::verdict::hangs:
      log_error(
          "a worker hangs in one turn for longer than the hang timeout; the process ends itself "
          "with a core and is replaced");
      std::abort();
  }
}

void watcher::rebalance(monotonic_time now) {
  for (unsigned i = 0; i < workers_.size(); ++i) {
    const auto told = shm::read_slot(plan_.segment.slot(first_worker_ + i));
    busy_[i] = told.busy + told.turn_age;
    rebalancer_.let_rest(i, told.state == shm::worker_state::resting);
  }
  for (const auto& one : rebalancer_.look(now, busy_)) workers_[one.from]->give(one);
}

/// Since the last look. Who is inside a turn counts, however long it lasts.
bool watcher::anybody_moved() noexcept {
  bool moved = false;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    const auto& connections = workers_[i]->connections();
    // In this order: who reads that a turn is over (acquire) sees its number, too.
    const bool inside = connections.turn() != 0;
    const std::uint64_t turn = connections.turns();
    moved |= inside || turn != seen_[i].turn;
    seen_[i].turn = turn;
  }
  if (moved) quiet_looks_ = 0;
  return moved;
}

monotonic_time watcher::sleep_if_nobody_moves(monotonic_time now) noexcept {
  bell_.will_sleep();
  // Jobs ring no bell.
  if (!anybody_moved()) return jobs_.cares() ? now + job_watch::patience / 4 : never;
  bell_.is_awake();
  return now + calm_interval;
}

/// To a worker that waits. If all of them are busy they have enough to do; if they are stuck, too,
/// somebody in another process may have less.
void watcher::send_help(worker_thread& stuck, bool all, monotonic_time now) {
  auto& connections = stuck.connections();
  const bool readable = connections.has_readable();
  if (!readable && !(all && connections.has_idle())) return;
  bool all_stuck = true;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    worker_thread& helper = *workers_[next_helper_++ % workers_.size()];
    all_stuck = all_stuck && helper.connections().turn_age(now) >= options_.lend_after;
    if (&helper == &stuck || helper.connections().turn() != 0) continue;
    if (helper.help(stuck, all)) return;
  }
  if (!readable || !all_stuck) return;
  if (const unsigned most = out_.room_for_help(now); most > 0 && somebody_idles_elsewhere()) {
    send_away(stuck, most);
  }
}

bool watcher::somebody_idles_elsewhere() const noexcept {
  for (unsigned w = 0; w < plan_.segment.slot_count(); ++w) {
    if (w - first_worker_ < workers_.size()) continue;
    const auto told = shm::read_slot(plan_.segment.slot(w));
    if (told.state == shm::worker_state::ready && !told.suspect && told.turn_age.count() == 0) {
      return true;
    }
  }
  return false;
}

/// What waits for a worker, to whom the supervisor finds. What is taken and does not get away waits
/// on.
void watcher::send_away(worker_thread& stuck, unsigned most) noexcept try {
  auto& connections = stuck.connections();
  // One by one: in the inbox of a stuck worker nobody can help those that did not get away.
  for (; most > 0; --most) {
    auto taken = connections.take(connections.turn(), false, 1);
    if (taken.empty()) break;
    if (!out_.send(taken.front())) {
      if (!stuck.adopt(std::move(taken.front()))) http::break_off(taken.front());
      return;
    }
    http::let_go_of(taken.front());
  }
  for (const int listener : connections.listeners()) send_new_away(listener, stuck, most);
} catch (const std::bad_alloc&) {
  // Nothing was taken yet.
}

void watcher::send_new_away(int listener, worker_thread& stuck, unsigned& most) noexcept {
  for (; most > 0; --most) {
    descriptor fresh(::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fresh) return;
    if (!out_.send({.socket = fresh.get()})) {
      stuck.take(fresh);
      return;
    }
  }
}

}  // namespace shoal::cluster
