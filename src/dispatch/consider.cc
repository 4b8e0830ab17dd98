#include "dispatch/consider.h"

#include <algorithm>

namespace shoal::dispatch {
namespace {

constexpr double longest_us = 3.6e9;

/// Before the first answer: as little as makes more connections more work.
constexpr double unknown_us = 1;

double average_request_us(const shm::slot_view& slot) noexcept {
  if (slot.requests_total == 0) return unknown_us;
  return static_cast<double>(slot.busy.count()) / 1000 / static_cast<double>(slot.requests_total);
}

}  // namespace

candidate consider(const shm::slot_view& slot, nanoseconds stall) noexcept {
  candidate c;
  c.eligible = slot.state == shm::worker_state::ready && !slot.suspect && slot.turn_age < stall;
  c.node = static_cast<std::uint32_t>(slot.node);
  c.cpu = slot.cpu == shm::not_pinned ? nowhere : static_cast<std::uint32_t>(slot.cpu);
  c.connections = slot.connections_open;
  const double may_come = static_cast<double>(slot.connections_open) * average_request_us(slot);
  c.work_us = static_cast<std::uint64_t>(
      std::min(static_cast<double>(slot.predicted_work_us) + may_come, longest_us));
  return c;
}

}  // namespace shoal::dispatch
