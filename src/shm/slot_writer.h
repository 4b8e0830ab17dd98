// A worker's pen for its slot. All stores are relaxed except that of `state`; numbers that it adds
// up stand in the writer, so nothing that another process put into the slot is ever believed.
#pragma once

#include "base/clock.h"
#include "shm/load_slot.h"

namespace shoal::shm {

/// What stays the same as long as the worker lives.
struct worker_identity {
  std::uint64_t generation = 0;  ///< of its node process
  std::uint64_t pid = 0;
  std::uint64_t thread_id = 0;
  std::uint64_t node = 0;
  std::uint64_t cpu = not_pinned;
  driver_kind driver = driver_kind::unknown;
  std::uint64_t restarts = 0;  ///< times the slot's owner was replaced after a crash
};

/// What a worker knows of itself at a turn's end.
struct worker_load {
  std::uint64_t connections_open = 0;
  std::uint64_t requests_in_flight = 0;
  std::uint64_t requests_total = 0;        ///< since boot
  std::uint64_t connections_accepted = 0;  ///< since boot
  std::uint64_t predicted_work_us = 0;
  std::uint64_t unserved = 0;
  std::uint64_t jobs_queued = 0;
};

/// What it knows of a window that has closed.
struct worker_window {
  std::uint64_t busy_ppm = 0;
  std::uint64_t lag_mean_ns = 0;
  std::uint64_t lag_max_ns = 0;
  std::uint64_t run_delay_ns = 0;
  std::uint64_t resident_bytes = 0;
};

/// Owner's thread only. Not copied: two writers of one slot would be a bug.
class slot_writer final {
 public:
  /// Takes the slot over from whoever had it: zeroes the hot words, writes the identity, then says
  /// `booting`.
  slot_writer(load_slot& slot, const worker_identity& who, monotonic_time now) noexcept;
  slot_writer(const slot_writer&) = delete;
  slot_writer& operator=(const slot_writer&) = delete;

  /// Release order: who acquires the state sees the identity.
  void set_state(worker_state state) noexcept;

  /// wait() returned: the worker's hands are full from now on. One store.
  void turn_began(monotonic_time now) noexcept;

  /// Back to the kernel. Twelve stores into two cache lines that nobody else writes.
  void turn_ended(monotonic_time now, const worker_load& load) noexcept;

  /// How long the turn has lasted that began last.
  [[nodiscard]] std::uint64_t turn_ns(monotonic_time now) const noexcept;

  /// One turn more that lasted too long.
  void stalled() noexcept;

  /// One connection more that went to the NUMA node of its packets.
  void rehomed() noexcept;

  void window_closed(const worker_window& window) noexcept;

  [[nodiscard]] std::uint64_t busy_ns() const noexcept { return busy_ns_; }
  [[nodiscard]] std::uint64_t turns() const noexcept { return turns_; }

 private:
  load_slot& slot_;
  std::uint64_t began_ns_ = 0;
  std::uint64_t turns_ = 0;
  std::uint64_t busy_ns_ = 0;
  std::uint64_t stalls_ = 0;
  std::uint64_t rehomed_ = 0;
};

/// For the supervisor, once it has reaped a slot's owner: what cannot speak for itself any more is
/// `crashed` or `stopped`, in no turn, and has no connections.
void mark_gone(load_slot& slot, worker_state state) noexcept;

}  // namespace shoal::shm
