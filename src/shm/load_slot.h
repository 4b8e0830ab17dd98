// The load slot: what one worker tells everybody, now.
//
//   one writer    the worker that owns it: relaxed stores, once a turn
//   many readers  supervisor, other node processes, `shoal status`, the eBPF selector: no locks
//
// Each word is whole, the slot is not: a reader may see words of two turns together. No policy may
// depend on two words agreeing; where it must, they share one. A seqlock would not survive a
// writer that is killed in the middle, so there is none. Other generations of the program read this
// layout: append, never reorder, never reuse (docs/formats/load_slot.md). A reader takes every word
// for a hostile number: it may be garbage.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace shoal::shm {

using word = std::atomic<std::uint64_t>;
static_assert(word::is_always_lock_free, "a lock in shared memory could outlive its owner");
static_assert(sizeof(word) == 8);

/// `crashed` and `stopped` after a death are the supervisor's words, once it has reaped the owner.
enum class worker_state : std::uint64_t {
  empty,
  booting,
  ready,
  draining,
  stopped,
  crashed,
  resting  ///< serves nobody, and may be called back
};

enum class driver_kind : std::uint64_t { unknown, uring, epoll };

/// Two pairs of cache lines: the first changes every turn, the second once a second and less.
struct alignas(128) load_slot {
  // Every turn.
  word turn_began_ns;  ///< CLOCK_MONOTONIC; 0 while the worker waits in the kernel
  word turn_ended_ns;  ///< CLOCK_MONOTONIC; the heartbeat
  word turns;          ///< since boot
  word connections_open;
  word requests_in_flight;
  word requests_total;        ///< since boot
  word connections_accepted;  ///< since boot
  word busy_ns;               ///< time inside turns, since boot
  word predicted_work_us;     ///< to do what is in the worker's hands: in flight and unserved
  word unserved;              ///< connections accepted whose first request has not begun
  word jobs_queued;           ///< of its requests, in its process's pools: they wait or run
  word reserved_hot[5];

  // Seldom. `state` is stored last, with release order; a reader acquires it first.
  word state;       ///< worker_state
  word generation;  ///< of the node process that owns the slot now
  word pid;
  word thread_id;
  word node;      ///< the NUMA node, or the node process's number where processes share a node
  word cpu;       ///< the core it is pinned to; 2^64-1: not pinned
  word driver;    ///< driver_kind
  word boot_ns;   ///< CLOCK_MONOTONIC
  word restarts;  ///< times the slot's owner was replaced after a crash

  // Of the last window: a second or more, up to the turn that closed it.
  word busy_ppm;        ///< time inside turns or on its core, whichever is more, in millionths
  word lag_mean_ns;     ///< that an event waited which came at a random moment
  word lag_max_ns;      ///< the longest that any event can have waited: the longest turn
  word run_delay_ns;    ///< runnable, and the core ran others
  word resident_bytes;  ///< of its process
  word stalls;          ///< turns that lasted too long, since boot; stored when it happens
  word rehomed;         ///< connections sent to the node of their packets, likewise
};
static_assert(sizeof(load_slot) == 256);
static_assert(offsetof(load_slot, state) == 128);

inline constexpr std::uint64_t not_pinned = ~std::uint64_t{0};

}  // namespace shoal::shm
