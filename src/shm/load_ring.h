// The load ring: what one worker was like, second by second, for the last quarter of an hour. The
// supervisor reads a dead worker's last seconds from it; the dashboard draws it.
//
//   one writer    the worker that owns it; never blocks; may be killed between any two stores
//   many readers  at any time, without locks
//
// A record carries its sequence number at both ends, and a reader takes it only if both agree:
//   writer: first = n  ·  the words, each with release order  ·  last = n, release
//   reader: last, acquire  ·  the words, each with acquire order  ·  first
// A reader that has seen a word of write n also sees first >= n, so a record that was overwritten
// while it was read has two different numbers. So has one whose writer was killed inside it, until
// the next writer comes round. On x86-64 all these are plain moves.
//
// Layout: docs/formats/load_ring.md. Append, never reorder, never reuse.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "shm/load_slot.h"

namespace shoal::shm {

/// A power of two. One sample a second: 17 minutes.
inline constexpr std::size_t ring_capacity = 1024;

struct load_record {
  word first;                 ///< the sequence number, from 1; 0: never written
  word at_ns;                 ///< CLOCK_MONOTONIC
  word requests_total;        ///< since the worker's boot
  word busy_ns;               ///< since the worker's boot
  word connections_requests;  ///< low 32 bits: connections open; high 32 bits: requests in flight
  word longest_turn_ns;       ///< since the sample before; as lag_max_ns in the slot
  word generation;            ///< of the node process that wrote it
  word lag_mean_ns;           ///< as in the slot, and so are the next four
  word run_delay_ns;
  word predicted_work_us;
  word unserved_jobs;  ///< low 32 bits: connections unserved; high 32 bits: jobs queued
  word resident_bytes;
  word reserved[3];
  word last;  ///< the sequence number again
};
static_assert(sizeof(load_record) == 128);

struct alignas(4096) load_ring {
  word written;  ///< samples ever written; the writer alone
  word reserved[15];
  load_record records[ring_capacity];
};
static_assert(offsetof(load_ring, records) == 128);
static_assert(sizeof(load_ring) == 135168);

struct load_sample {
  std::uint64_t at_ns = 0;
  std::uint64_t requests_total = 0;
  std::uint64_t busy_ns = 0;
  std::uint32_t connections_open = 0;
  std::uint32_t requests_in_flight = 0;
  std::uint64_t longest_turn_ns = 0;
  std::uint64_t generation = 0;
  std::uint64_t lag_mean_ns = 0;
  std::uint64_t run_delay_ns = 0;
  std::uint64_t predicted_work_us = 0;
  std::uint32_t unserved = 0;
  std::uint32_t jobs_queued = 0;
  std::uint64_t resident_bytes = 0;

  friend bool operator==(const load_sample&, const load_sample&) = default;
};

/// Worker's thread only. Fifteen stores into two cache lines (or a first touch of a page).
void append(load_ring& ring, const load_sample& sample) noexcept;

/// The last `count` samples that are whole, oldest first. Whatever lies in the ring, at most
/// `count` and at most ring_capacity come back; their numbers are the writer's claims.
[[nodiscard]] std::vector<load_sample> read_last(const load_ring& ring, std::size_t count);

}  // namespace shoal::shm
