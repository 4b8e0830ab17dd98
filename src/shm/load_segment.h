// The load segment: everything that the processes of one cluster tell each other and their
// observers about load. One memfd: a header, then a slot for each worker, then a ring for each.
//
// The supervisor creates it and forks; children write into the inherited mapping, each worker into
// its own slot and ring. Everybody else maps it read-only and takes what it says for claims.
// Layout: docs/formats/load_segment.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "shm/load_ring.h"
#include "shm/load_slot.h"
#include "shm/segment.h"

namespace shoal::shm {

/// Raised when a reader of the old layout would misread the new one.
inline constexpr std::uint64_t load_layout_version = 2;
inline constexpr std::uint64_t load_magic = 0x44414f4c'414f4853;  ///< bytes "SHOALOAD"
inline constexpr unsigned max_slots = 4096;

/// Written once before the segment is sealed; constant from then on, but for `dispatch`,
/// `stall_warn_ns`, `successor` and `control`.
struct load_header {
  word magic;
  word layout_version;
  word bytes;  ///< of the whole segment
  word slot_count;
  word slot_bytes;
  word slots_offset;
  word ring_capacity;
  word ring_bytes;
  word rings_offset;
  word supervisor_pid;  ///< in the supervisor's own PID namespace
  word started_ns;      ///< CLOCK_MONOTONIC
  word stall_warn_ns;   ///< a turn this long counts as stuck; 0: not said
  word successor;       ///< the PID of another supervisor that has taken this one's place; 0: none
  word reserved[3];
  word name[8];       ///< what the server calls itself: UTF-8, padded with zeros
  word dispatch[24];  ///< how connections are given out, and why not better: as `name`
  word control[16];   ///< the control socket's path, as `name`; empty: there is none
};
static_assert(sizeof(load_header) == 512);
static_assert(offsetof(load_header, name) == 128);
static_assert(offsetof(load_header, dispatch) == 192);
static_assert(offsetof(load_header, control) == 384);

/// A validated copy of the header.
struct load_header_view {
  unsigned slot_count = 0;
  std::size_t slots_offset = 0;
  std::size_t rings_offset = 0;
  std::uint64_t supervisor_pid = 0;
  std::uint64_t started_ns = 0;
  std::string name;
  nanoseconds stall_warn{0};  ///< 0: not said
};

/// The writing side: the supervisor's, and its children's by fork.
class load_segment final {
 public:
  /// For `slots` workers (1 .. max_slots), sealed. 132 KiB for each worker, of which a process pays
  /// for the pages it touches. `name` is cut to 63 bytes.
  /// `place` is asked about each worker's ring, and about each page of slots, for the first worker
  /// whose slot begins there.
  static result<load_segment> create(unsigned slots, std::string_view name, monotonic_time now,
                                     const page_placer& place = {});

  [[nodiscard]] unsigned slot_count() const noexcept { return slots_; }

  /// What `shoal status` says about who gets a connection: "ebpf, least-loaded", "cbpf, ...: for
  /// ebpf, permit ...". The supervisor alone, as often as it changes; cut to 191 bytes.
  void set_dispatch(std::string_view text) const noexcept;

  /// How long a turn may last before observers call its worker stuck. The supervisor, at its start
  /// and with each reload.
  void set_stall_warn(nanoseconds length) const noexcept;

  /// Where the supervisor can be told what to do. Once, before it forks; at most 127 bytes.
  void set_control(std::string_view path) const noexcept;

  /// After an upgrade: who asks for the server means another one now. 0: this one again.
  void set_successor(pid_t supervisor) const noexcept;

  /// slot < slot_count(). Each has one writer: the worker, or, while there is none, the supervisor.
  [[nodiscard]] load_slot& slot(unsigned slot) const noexcept;
  [[nodiscard]] load_ring& ring(unsigned slot) const noexcept;

  /// A process whose slots another has taken over goes on in a copy of its own.
  [[nodiscard]] result<void> leave_slots() const noexcept { return memory_.make_private(); }

  /// Stay open in the supervisor: by it `shoal status` finds the segment.
  [[nodiscard]] int fd() const noexcept { return memory_.fd(); }

 private:
  load_segment(segment memory, unsigned slots) noexcept
      : memory_(std::move(memory)), slots_(slots) {}

  segment memory_;
  unsigned slots_;
};

/// The reading side, in any process.
class load_view final {
 public:
  /// `fd` stays the caller's. Refuses what is not sealed, not a load segment, of another layout
  /// version, or inconsistent; the message says which.
  static result<load_view> open(int fd);

  [[nodiscard]] const load_header_view& header() const noexcept { return header_; }
  [[nodiscard]] unsigned slot_count() const noexcept { return header_.slot_count; }

  /// As set_dispatch() left it; empty before. It may be a mixture of two for a reader who comes
  /// while it is changed: it is for people.
  [[nodiscard]] std::string dispatch() const;

  /// As set_control() left it. A claim as all the rest: ask the kernel who listens there.
  [[nodiscard]] std::string control() const;

  /// As set_successor() left it.
  [[nodiscard]] std::uint64_t successor() const noexcept;

  /// slot < slot_count().
  [[nodiscard]] const load_slot& slot(unsigned slot) const noexcept;
  [[nodiscard]] const load_ring& ring(unsigned slot) const noexcept;

 private:
  load_view(mapping map, load_header_view header)
      : map_(std::move(map)), header_(std::move(header)) {}

  mapping map_;
  load_header_view header_;
};

/// The name that a load segment's descriptor shows.
inline constexpr std::string_view load_segment_name = "shoal.load";

}  // namespace shoal::shm
