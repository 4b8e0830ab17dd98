// The line between the runtime and the kernel: a driver is this and no more.
//
// It asks for completions, because epoll can play one while io_uring would pay for playing
// readiness. Time limits stand above it (io/timer.h). One conformance suite, tests/io/conformance,
// says what follows in code, and every driver passes it unchanged.
//
// A turn is wait() and then deliver(). start() and cancel() resume nothing: outcomes come out of
// deliver() alone, on the loop's thread. So there is no recursion, the stack is bounded, and while
// wait() runs nobody's code does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "io/operation.h"
#include "io/socket_address.h"
#include "io/socket_facts.h"
#include "io/uring_features.h"

namespace shoal::io {

/// What a driver has done since it was opened. Monotone.
struct driver_counters {
  std::uint64_t system_calls = 0;       ///< all that the driver made itself
  std::uint64_t waits = 0;              ///< turns
  std::uint64_t wakes = 0;              ///< wait() ended because of wake()
  std::uint64_t submissions = 0;        ///< operations started
  std::uint64_t completions = 0;        ///< outcomes delivered
  std::uint64_t buffers_exhausted = 0;  ///< times a receive had to wait for a lease to return
  std::uint64_t queue_overflows = 0;    ///< times more had completed than a queue could hold
};

class driver {
 public:
  virtual ~driver() = default;
  driver(const driver&) = delete;
  driver& operator=(const driver&) = delete;

  /// "uring", "epoll" or "sim".
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;

  /// A fresh stream socket for connect_op: non-blocking, close-on-exec, owned by the caller, who
  /// closes it through the driver. Or a negated errno.
  [[nodiscard]] virtual int fresh_socket(int family) noexcept = 0;

  /// A listener for accept_op, owned in the same way, or a negated errno. `where` becomes the
  /// address that it has in fact: port 0 asks for one that is free.
  [[nodiscard]] virtual int listen(socket_address& where, int backlog) noexcept = 0;

  // Starts an operation that is not in flight. Failures come as its outcome, in a later deliver().
  virtual void start(accept_op&) noexcept = 0;
  virtual void start(receive_op&) noexcept = 0;
  virtual void start(send_op&) noexcept = 0;
  virtual void start(connect_op&) noexcept = 0;
  virtual void start(send_file_op&) noexcept = 0;

  /// Asks an operation to end soon. It answers in a later deliver() with what has happened
  /// meanwhile or with -ECANCELED, last. Nothing happens if it is not in flight. A cancelled send
  /// or send_file may have sent a part.
  virtual void cancel(operation&) noexcept = 0;

  /// Sends FIN after what has been sent; receiving goes on. Errors are the next receive's.
  virtual void shutdown_send(int socket) noexcept = 0;

  /// Closes a socket on which nothing is in flight. The number may be reused from then on.
  virtual void close(int socket) noexcept = 0;

  /// Lets go of a socket on which nothing is in flight, and leaves it open: another loop has it.
  virtual void release(int socket) noexcept = 0;

  /// After wait(): all that was received for connections on offer is known, so that others may take
  /// those of which nothing was. False where a queue has overflowed, and for good in a driver that
  /// receives between waits, too.
  [[nodiscard]] virtual bool knows_all_received() const noexcept { return true; }

  /// Hands over what was started, now: something follows that takes long.
  virtual void flush() noexcept {}

  /// Hands over what was started and waits for an outcome, a wake or `until`; `until` in the past
  /// polls. Advances now(). Resumes nothing.
  virtual void wait(monotonic_time until) noexcept = 0;

  /// Delivers what wait() found: a bounded amount, the rest in the next turn, whose wait() then
  /// does not block.
  virtual void deliver() noexcept = 0;

  /// Ends the current or the next wait(). Any thread, at any time, also a signal handler.
  virtual void wake() const noexcept = 0;

  /// Stands still between two wait() calls.
  [[nodiscard]] virtual monotonic_time now() const noexcept = 0;

  /// For cold paths: up to two system calls.
  [[nodiscard]] virtual socket_facts facts(int socket) const noexcept = 0;

  [[nodiscard]] virtual const driver_counters& counters() const noexcept = 0;

  /// The memory that receives write, for who asks where its pages lie; empty if it is not one
  /// piece.
  [[nodiscard]] virtual std::span<const std::byte> receive_memory() const noexcept { return {}; }

 protected:
  driver() = default;
};

/// Parameters that affect performance; the defaults serve small requests.
struct driver_options {
  /// Operations that one submission can carry (rounded up to a power of two). More are handed over
  /// in several system calls.
  unsigned queue_entries = 512;

  /// Buffers that receives share, and bytes of each. Memory is touched as it is used: 1 MiB at
  /// most with these defaults. Rounded up to a power of two; at most 32,768.
  unsigned receive_buffers = 256;
  unsigned receive_buffer_bytes = 4096;

  uring_features uring;  ///< for the io_uring driver alone
};

}  // namespace shoal::io
