#include "cluster/node/load_publisher.h"

#include <algorithm>
#include <utility>

namespace shoal::cluster {
namespace {

/// An open connection may bring a request at any time: to who chooses a worker for another one it
/// counts as a tenth of what one on its way does, so that connections at rest are spread too.
constexpr std::uint64_t idle_connection_us = 10;

}  // namespace

load_publisher::load_publisher(shm::load_slot& slot, shm::load_ring& ring,
                               const shm::worker_identity& who, const dispatch::steer_pen& pen,
                               nanoseconds stall, shm::worker_tally* tally)
    : slot_(slot, who, read_clock()),
      pen_(pen),
      ring_(ring),
      meter_(read_clock()),
      tally_(tally, who),
      stall_ns_(static_cast<std::uint64_t>(stall.count())),
      generation_(who.generation),
      cpu_ns_(thread_meter::cpu_ns()),
      run_delay_ns_(thread_.run_delay_ns()) {
  slot_.window_closed({.resident_bytes = thread_.resident_bytes()});
}

void load_publisher::set_state(shm::worker_state state) noexcept {
  slot_.set_state(state);
  pen_.may_be_chosen(state == shm::worker_state::ready);
}

void load_publisher::turn_began(monotonic_time now) noexcept {
  slot_.turn_began(now);
  pen_.turn_began(to_ns(now));
}

void load_publisher::turn_ended() noexcept {
  const auto now = read_clock();
  const std::uint64_t turn_ns = slot_.turn_ns(now);
  last_turn_ = nanoseconds(static_cast<nanoseconds::rep>(turn_ns));
  auto load = count();
  meter_.add_turn(turn_ns, load.requests_total);
  load.predicted_work_us += meter_.predict_us(load.requests_in_flight + load.unserved);
  slot_.turn_ended(now, load);
  pen_.turn_ended(load.predicted_work_us + idle_connection_us * load.connections_open,
                  load.connections_accepted);
  if (server_ != nullptr) tally_.turn_ended(server_->counters(), last_turn_);
  if (turn_ns >= stall_ns_) count_stall();
  if (meter_.window_is_over(now)) close_window(now, load);
}

void load_publisher::count_stall() noexcept {
  slot_.stalled();
  tally_.stalled();
}

shm::worker_load load_publisher::count() const noexcept {
  if (server_ == nullptr) return {};
  const auto& counters = server_->counters();
  return {.connections_open = counters.connections_open,
          .requests_in_flight = counters.requests_in_flight,
          .requests_total = counters.requests_total,
          .connections_accepted = counters.connections_accepted,
          .predicted_work_us = counters.jobs_predicted_us,
          .unserved = counters.unserved,
          .jobs_queued = counters.jobs_out};
}

void load_publisher::close_window(monotonic_time now, const shm::worker_load& load) noexcept {
  const std::uint64_t cpu_ns = thread_meter::cpu_ns();
  const auto turns = meter_.close_window(now, cpu_ns - std::exchange(cpu_ns_, cpu_ns));
  const shm::worker_window window{.busy_ppm = turns.busy_ppm,
                                  .lag_mean_ns = turns.lag_mean_ns,
                                  .lag_max_ns = turns.lag_max_ns,
                                  .run_delay_ns = take_run_delay_ns(),
                                  .resident_bytes = thread_.resident_bytes()};
  slot_.window_closed(window);
  tally_.window_closed(slot_.busy_ns(), slot_.turns(), window.run_delay_ns);
  shm::append(ring_, {.at_ns = to_ns(now),
                      .requests_total = load.requests_total,
                      .busy_ns = slot_.busy_ns(),
                      .connections_open = static_cast<std::uint32_t>(load.connections_open),
                      .requests_in_flight = static_cast<std::uint32_t>(load.requests_in_flight),
                      .longest_turn_ns = window.lag_max_ns,
                      .generation = generation_,
                      .lag_mean_ns = window.lag_mean_ns,
                      .run_delay_ns = window.run_delay_ns,
                      .predicted_work_us = load.predicted_work_us,
                      .unserved = static_cast<std::uint32_t>(load.unserved),
                      .jobs_queued = static_cast<std::uint32_t>(load.jobs_queued),
                      .resident_bytes = window.resident_bytes});
}

std::uint64_t load_publisher::take_run_delay_ns() noexcept {
  const std::uint64_t now_ns = thread_.run_delay_ns();
  const std::uint64_t before_ns = std::exchange(run_delay_ns_, now_ns);
  return now_ns - std::min(before_ns, now_ns);
}

}  // namespace shoal::cluster
