#include "shm/slot_writer.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace shoal::shm {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto release = std::memory_order_release;

void clear_hot(load_slot& s) noexcept {
  for (word* w : {&s.turn_began_ns, &s.turn_ended_ns, &s.turns, &s.connections_open,
                  &s.requests_in_flight, &s.requests_total, &s.connections_accepted, &s.busy_ns})
    w->store(0, relaxed);
}

}  // namespace

slot_writer::slot_writer(load_slot& slot, const worker_identity& who, monotonic_time now) noexcept
    : slot_(slot) {
  // Who looks in the meantime mostly sees an empty slot; a view may mix two owners all the same.
  slot.state.store(static_cast<std::uint64_t>(worker_state::empty), relaxed);
  clear_hot(slot);
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

void slot_writer::turn_ended(monotonic_time now, const worker_load& load) noexcept {
  SHOAL_DCHECK(began_ns_ != 0);
  const std::uint64_t ended_ns = to_ns(now);
  const std::uint64_t turn_ns = ended_ns - std::min(began_ns_, ended_ns);
  busy_ns_ += turn_ns;
  longest_turn_ns_ = std::max(longest_turn_ns_, turn_ns);
  slot_.turn_ended_ns.store(ended_ns, relaxed);
  slot_.turns.store(++turns_, relaxed);
  slot_.connections_open.store(load.connections_open, relaxed);
  slot_.requests_in_flight.store(load.requests_in_flight, relaxed);
  slot_.requests_total.store(load.requests_total, relaxed);
  slot_.connections_accepted.store(load.connections_accepted, relaxed);
  slot_.busy_ns.store(busy_ns_, relaxed);
  slot_.turn_began_ns.store(0, relaxed);
}

std::uint64_t slot_writer::take_longest_turn_ns() noexcept {
  return std::exchange(longest_turn_ns_, 0);
}

void mark_gone(load_slot& slot, worker_state state) noexcept {
  SHOAL_CHECK(state == worker_state::crashed || state == worker_state::stopped);
  slot.turn_began_ns.store(0, relaxed);
  slot.connections_open.store(0, relaxed);
  slot.requests_in_flight.store(0, relaxed);
  slot.state.store(static_cast<std::uint64_t>(state), release);
}

}  // namespace shoal::shm
