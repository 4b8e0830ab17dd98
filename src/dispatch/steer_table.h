// What those who choose workers for new connections know of each worker: one line of memory, which
// an eBPF program in the kernel reads as well as the supervisor does.
//
//   owner      the worker: relaxed stores, once a turn, of when its turn began, how much work
//              it has in its hands, and how many connections it has taken
//   chooser    the eBPF program or the supervisor: adds to `given` at the moment of the
//              decision, so that a burst does not herd to whoever was idle when it began
//   readers    any; each word is whole, no two of them need agree, and every one may be a lie
//
// given - taken is what is on its way to the worker. Some of it never comes: a client that goes
// away in the middle of its handshake, a stray packet that the kernel asked about. The owner
// forgets it: what was given a second ago has been taken or never will be.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace shoal::dispatch {

using steer_word = std::atomic<std::uint64_t>;
static_assert(steer_word::is_always_lock_free && sizeof(steer_word) == 8);

/// src/dispatch/bpf/steer.bpf.c reads the same bytes.
struct alignas(64) steer_entry {
  steer_word turn_began_ns;  ///< owner: CLOCK_MONOTONIC; 0 while it waits in the kernel
  steer_word work_us;        ///< owner: predicted work in its hands
  steer_word taken;          ///< owner: of those given, how many it has or never will have
  steer_word given;          ///< choosers, by atomic addition
  steer_word state;          ///< owner: 1: may be chosen; supervisor: 0, once the owner is gone
  steer_word weight;         ///< supervisor: its share among equals; 0: it gets nothing
  steer_word given_at_ns;    ///< choosers: when they last gave one
  steer_word reserved;
};
static_assert(sizeof(steer_entry) == 64);
static_assert(offsetof(steer_entry, weight) == 40);

/// How workers wake a supervisor that has stopped looking since nobody was served. On a line of its
/// own, which every turn reads and hardly anybody writes.
struct alignas(64) steer_bell {
  /// Supervisor: 1 before it sleeps. Whoever changes it to 0 must ring. A turn that begins at the
  /// same moment may miss it; the next one does not.
  steer_word armed;
};

/// A worker's pen for its entry. Owner's thread only. Without an entry it does nothing.
class steer_pen final {
 public:
  steer_pen() noexcept = default;

  /// `bell` is an eventfd that wakes the supervisor. What the owner before has left half taken is
  /// not believed: this one starts with nothing on its way.
  steer_pen(steer_entry& entry, steer_bell& bell, int bell_fd) noexcept
      : entry_(&entry),
        bell_(&bell),
        bell_fd_(bell_fd),
        base_(entry.given.load(relaxed)),
        given_before_(base_) {}

  void turn_began(std::uint64_t now_ns) noexcept {
    if (entry_ == nullptr) return;
    began_ns_ = now_ns;
    entry_->turn_began_ns.store(now_ns, relaxed);
    if (bell_->armed.load(relaxed) != 0) ring();
  }

  /// `taken`: connections accepted since boot.
  void turn_ended(std::uint64_t work_us, std::uint64_t taken) noexcept {
    if (entry_ == nullptr) return;
    if (began_ns_ >= next_look_ns_) forget_lost(taken);
    entry_->work_us.store(work_us, relaxed);
    entry_->taken.store(base_ + taken, relaxed);
    entry_->turn_began_ns.store(0, relaxed);
  }

  void may_be_chosen(bool may) noexcept {
    if (entry_ != nullptr) entry_->state.store(may ? 1 : 0, relaxed);
  }

 private:
  static constexpr auto relaxed = std::memory_order_relaxed;
  static constexpr std::uint64_t look_every_ns = 1'000'000'000;

  void ring() noexcept {
    if (bell_->armed.exchange(0, relaxed) == 0) return;  // another worker does
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto ignored = ::write(bell_fd_, &one, sizeof one);
  }

  /// Of base_ + taken: at least what was given a second ago, at most what is given now.
  void forget_lost(std::uint64_t taken) noexcept {
    const auto given = entry_->given.load(relaxed);
    const auto least = std::min(given_before_, given);
    base_ = std::clamp(base_ + taken, least, given) - taken;  // modulo 2^64
    given_before_ = given;
    next_look_ns_ = began_ns_ + look_every_ns;
  }

  steer_entry* entry_ = nullptr;
  steer_bell* bell_ = nullptr;
  int bell_fd_ = -1;
  std::uint64_t base_ = 0;          // what `given` was when `taken` was 0, and what was lost since
  std::uint64_t given_before_ = 0;  // at the last look
  std::uint64_t next_look_ns_ = 0;
  std::uint64_t began_ns_ = 0;
};

}  // namespace shoal::dispatch
