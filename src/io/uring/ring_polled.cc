// A ring from which a thread of the kernel's submits (IORING_SETUP_SQPOLL). To hand requests over
// is to move the queue's tail; a system call is needed to wake the thread when it has found nothing
// for `sqpoll_idle_ms`, to sleep until something completes, and to get what a queue had no room
// for.
//
// Nothing happens within a call any more: requests are carried out, and bytes received, while our
// own thread runs. What rests on the opposite is switched off in the driver (skipped completions,
// others' taking of connections) or waits here until the thread has come up (submit_only).
#include <sched.h>

#include "io/uring/ring.h"

namespace shoal::io::uring {

int ring::enter_polled(waiting how, monotonic_time until) noexcept {
  // It says that it goes to sleep, and then looks at the tail once more.
  io_uring_smp_mb();
  const bool sleeps = (IO_URING_READ_ONCE(*ring_.sq.kflags) & IORING_SQ_NEED_WAKEUP) != 0;
  const unsigned wakes = sleeps && queued() != 0 ? IORING_ENTER_SQ_WAKEUP : 0;
  const bool asks =
      how != waiting::submit_only && (overflowed() || (how == waiting::block && empty()));
  int code = 0;
  if (wakes != 0 || asks) code = call(how, until, wakes);
  if (how == waiting::submit_only) await_thread();
  return code;
}

// The queue's head moves when requests have been carried out as far as that goes at once.
void ring::await_thread() noexcept {
  while (io_uring_smp_load_acquire(ring_.sq.khead) != *ring_.sq.ktail) ::sched_yield();
}

}  // namespace shoal::io::uring
