#include "shm/slot_writer.h"

#include <algorithm>

#include "base/check.h"

namespace shoal::shm {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto release = std::memory_order_release;

void clear_numbers(load_slot& s) noexcept {
  for (word* w : {&s.turn_began_ns, &s.turn_ended_ns, &s.turns, &s.connections_open,
                  &s.requests_in_flight, &s.requests_total, &s.connections_accepted, &s.busy_ns,
                  &s.predicted_work_us, &s.unserved, &s.jobs_queued, &s.busy_ppm, &s.lag_mean_ns,
                  &s.lag_max_ns, &s.run_delay_ns, &s.resident_bytes, &s.stalls, &s.rehomed})
    w->store(0, relaxed);
}

}  // namespace

slot_writer::slot_writer(load_slot& slot, const worker_identity& who, monotonic_time now) noexcept
    : slot_(slot) {
  // Who looks in the meantime mostly sees an empty slot; a view may mix two owners all the same.
  slot.state.store(static_cast<std::uint64_t>(worker_state::empty), relaxed);
  clear_numbers(slot);
  slot.generation.store(who.generation, relaxed);
  slot.pid.store(who.pid, relaxed);
  slot.thread_id.store(who.thread_id, relaxed);
  slot.node.store(who.node, relaxed);
  slot.cpu.store(who.cpu, relaxed);
  slot.driver.store(static_cast<std::uint64_t>(who.driver), relaxed);
  slot.boot_ns.store(to_ns(now), relaxed);
  slot.restarts.store(who.restarts, relaxed);
  set_state(worker_state::booting);
}

void slot_writer::set_state(worker_state state) noexcept {
  slot_.state.store(static_cast<std::uint64_t>(state), release);
}

void slot_writer::turn_began(monotonic_time now) noexcept {
  began_ns_ = to_ns(now);
  slot_.turn_began_ns.store(began_ns_, relaxed);
}

std::uint64_t slot_writer::turn_ns(monotonic_time now) const noexcept {
  return to_ns(now) - std::min(began_ns_, to_ns(now));
}

void slot_writer::turn_ended(monotonic_time now, const worker_load& load) noexcept {
  SHOAL_DCHECK(began_ns_ != 0);
  busy_ns_ += turn_ns(now);
  slot_.turn_ended_ns.store(to_ns(now), relaxed);
  slot_.turns.store(++turns_, relaxed);
  slot_.connections_open.store(load.connections_open, relaxed);
  slot_.requests_in_flight.store(load.requests_in_flight, relaxed);
  slot_.requests_total.store(load.requests_total, relaxed);
  slot_.connections_accepted.store(load.connections_accepted, relaxed);
  slot_.busy_ns.store(busy_ns_, relaxed);
  slot_.predicted_work_us.store(load.predicted_work_us, relaxed);
  slot_.unserved.store(load.unserved, relaxed);
  slot_.jobs_queued.store(load.jobs_queued, relaxed);
  slot_.turn_began_ns.store(0, relaxed);
}

void slot_writer::stalled() noexcept { slot_.stalls.store(++stalls_, relaxed); }

void slot_writer::rehomed() noexcept { slot_.rehomed.store(++rehomed_, relaxed); }

void slot_writer::window_closed(const worker_window& w) noexcept {
  slot_.busy_ppm.store(w.busy_ppm, relaxed);
  slot_.lag_mean_ns.store(w.lag_mean_ns, relaxed);
  slot_.lag_max_ns.store(w.lag_max_ns, relaxed);
  slot_.run_delay_ns.store(w.run_delay_ns, relaxed);
  slot_.resident_bytes.store(w.resident_bytes, relaxed);
}

void mark_gone(load_slot& slot, worker_state state) noexcept {
  SHOAL_CHECK(state == worker_state::crashed || state == worker_state::stopped);
  for (word* w : {&slot.turn_began_ns, &slot.connections_open, &slot.requests_in_flight,
                  &slot.predicted_work_us, &slot.unserved, &slot.jobs_queued, &slot.busy_ppm,
                  &slot.lag_mean_ns, &slot.lag_max_ns, &slot.run_delay_ns, &slot.resident_bytes})
    w->store(0, relaxed);
  slot.state.store(static_cast<std::uint64_t>(state), release);
}

}  // namespace shoal::shm
