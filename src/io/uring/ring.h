// One io_uring and the only place that enters it.
#pragma once

#include <cerrno>
#include <cstdint>

#include "base/clock.h"
#include "io/uring/uring_compat.h"
#include "io/uring_features.h"

namespace shoal::io::uring {

/// The kernel's answer to one request.
struct completion {
  std::uint64_t token;
  std::int32_t result;
  std::uint32_t flags;
};

/// Threads   the one that opened it (SINGLE_ISSUER)
/// Cost      one system call for each enter(), with sqpoll seldom one; next_entry() makes one only
///           when the queue is full
class ring final {
 public:
  /// Counts its system calls there.
  explicit ring(std::uint64_t& system_calls) noexcept : system_calls_(system_calls) {}
  ring(const ring&) = delete;
  ring& operator=(const ring&) = delete;
  ~ring() { close(); }

  /// 0 or a negated errno; -EINVAL if the kernel is too old. It takes registrations, and requests
  /// only once it has been enabled. `entries` are those that an enter() can carry at most.
  [[nodiscard]] int open(unsigned entries, const uring_features& used) noexcept;

  /// When all is registered: from now on it takes what restrictions.h lists. 0 or a negated errno.
  [[nodiscard]] int enable(const uring_features& used) noexcept;

  /// Ends everything in flight before it returns, so that no request holds a socket any longer.
  /// What was queued and not submitted does not happen, but for closes. Calls `unread(completion)`
  /// for each that nobody has read.
  template <typename Function>
  void shut_down(Function unread) noexcept {
    if (!is_open()) return;
    if (polled()) await_thread();
    close_queued_sockets();
    cancel_everything();
    do {
      while (!empty()) unread(pop());
    } while (overflowed() && get_events());
    close();
  }

  /// The next free submission entry: zeroed but for what prep functions set. A full queue is
  /// submitted first.
  [[nodiscard]] io_uring_sqe& next_entry() noexcept {
    io_uring_sqe* entry = io_uring_get_sqe(&ring_);
    if (entry == nullptr) [[unlikely]] {
      make_room();
      entry = io_uring_get_sqe(&ring_);
    }
    return *entry;
  }

  /// Entries that are queued and not submitted.
  [[nodiscard]] unsigned queued() const noexcept { return io_uring_sq_ready(&ring_); }

  /// How an enter() ends when nothing completes.
  enum class waiting : std::uint8_t {
    submit_only,  ///< looks for no completion
    poll,         ///< takes those that are there
    block,        ///< waits for one, or until the deadline
  };

  /// Submits what is queued. 0 or a negated errno. After one that passed() some entries may still
  /// be queued; the others are bugs, or completions that the kernel has lost (EBADR).
  [[nodiscard]] int enter(waiting how, monotonic_time until = never) noexcept;
  [[nodiscard]] static bool passed(int code) noexcept {
    return code == 0 || code == -ETIME || code == -EINTR || code == -EAGAIN || code == -EBUSY;
  }

  // Completions. Positions count up and wrap; the caller walks from head() to tail().
  [[nodiscard]] unsigned head() const noexcept { return *ring_.cq.khead; }
  [[nodiscard]] unsigned tail() const noexcept { return io_uring_smp_load_acquire(ring_.cq.ktail); }
  [[nodiscard]] bool empty() const noexcept { return head() == tail(); }
  [[nodiscard]] completion at(unsigned position) const noexcept {
    const io_uring_cqe& entry = ring_.cq.cqes[position & ring_.cq.ring_mask];
    return {entry.user_data, entry.res, entry.flags};
  }
  completion pop() noexcept {
    const completion first = at(head());
    io_uring_cq_advance(&ring_, 1);
    return first;
  }

  /// The kernel holds completions for which the queue had no room; an enter() that polls or blocks
  /// brings them.
  [[nodiscard]] bool overflowed() const noexcept {
    return (IO_URING_READ_ONCE(*ring_.sq.kflags) & IORING_SQ_CQ_OVERFLOW) != 0;
  }

  [[nodiscard]] io_uring& raw() noexcept { return ring_; }

 private:
  [[nodiscard]] bool is_open() const noexcept { return ring_.ring_fd >= 0; }
  [[nodiscard]] bool polled() const noexcept { return (ring_.flags & IORING_SETUP_SQPOLL) != 0; }
  [[nodiscard]] int call(waiting how, monotonic_time until, unsigned more_flags) noexcept;
  [[nodiscard]] int enter_polled(waiting how, monotonic_time until) noexcept;
  void await_thread() noexcept;
  void make_room() noexcept;
  void close_queued_sockets() noexcept;
  void cancel_everything() noexcept;
  bool get_events() noexcept;
  void close() noexcept;

  std::uint64_t& system_calls_;
  io_uring ring_{.ring_fd = -1};
  unsigned enter_flags_ = 0;
};

}  // namespace shoal::io::uring
