#include "io/uring/ring.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "base/check.h"
#include "io/uring/restrictions.h"

namespace shoal::io::uring {
namespace {

// A turn that answers many connections at once completes more than it submits (accepts, bytes for
// idle connections); eight queues' worth is 64 KiB at the default size and seldom overflows.
constexpr unsigned completions_per_entry = 8;

// For so long the kernel's thread of a polled ring looks for requests before it sleeps: the least
// that there is, since it takes a core meanwhile.
constexpr unsigned sqpoll_idle_ms = 1;

unsigned kind_of(const uring_features& used) noexcept {
  if (used.sqpoll) return IORING_SETUP_SQPOLL;
  return used.deferred_task_work ? IORING_SETUP_DEFER_TASKRUN : 0;
}

}  // namespace

int ring::open(unsigned entries, const uring_features& used) noexcept {
  io_uring_params parameters{};
  // No COOP_TASKRUN or plain ring below this: they would be a second set of semantics to test, for
  // kernels older than 6.1 where epoll serves as well.
  parameters.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE |
                     IORING_SETUP_CLAMP | IORING_SETUP_R_DISABLED | kind_of(used);
  parameters.sq_thread_idle = sqpoll_idle_ms;
  parameters.cq_entries = entries * completions_per_entry;
  // A queue of one hands over what it holds whenever there is more.
  const unsigned carried = used.batched_submissions ? entries : 1;
  if (const int code = io_uring_queue_init_params(carried, &ring_, &parameters); code != 0) {
    ring_.ring_fd = -1;
    return code;
  }
  if ((ring_.features & uring_required_features) != uring_required_features) return -EINVAL;
  if (const int code = io_uring_ring_dontfork(&ring_); code != 0) return code;
  // A registered descriptor saves a lookup for each enter. A thread has 16 places for them; whoever
  // comes too late does without.
  if (used.registered_ring && io_uring_register_ring_fd(&ring_) == 1) {
    enter_flags_ |= IORING_ENTER_REGISTERED_RING;
  }
  if ((ring_.features & uring_feature_no_iowait) != 0) enter_flags_ |= uring_enter_no_iowait;
  return 0;
}

int ring::enable(const uring_features& used) noexcept {
  if (const int code = restrict_and_enable(ring_, used); code != 0) return code;
  // A filter may permit io_uring_setup and deny io_uring_enter.
  return call(waiting::poll, never, 0);
}

int ring::enter(waiting how, monotonic_time until) noexcept {
  // Without SQPOLL the kernel reads the queue within the call only.
  io_uring_smp_store_release(ring_.sq.ktail, ring_.sq.sqe_tail);
  return polled() ? enter_polled(how, until) : call(how, until, 0);
}

int ring::call(waiting how, monotonic_time until, unsigned more_flags) noexcept {
  __kernel_timespec timeout{};
  io_uring_getevents_arg argument{.sigmask_sz = _NSIG / 8};
  const bool timed = how == waiting::block && until != never;
  if (timed) {
    const auto left = std::max((until - read_clock()).count(), nanoseconds::rep{0});
    timeout = {.tv_sec = left / 1'000'000'000, .tv_nsec = left % 1'000'000'000};
    argument.ts = reinterpret_cast<std::uintptr_t>(&timeout);
  }
  const unsigned flags = enter_flags_ | more_flags |
                         (how != waiting::submit_only ? IORING_ENTER_GETEVENTS : 0) |
                         (timed ? IORING_ENTER_EXT_ARG : 0);

  ++system_calls_;
  const int code = io_uring_enter2(
      static_cast<unsigned>(ring_.enter_ring_fd), queued(), how == waiting::block ? 1 : 0, flags,
      timed ? reinterpret_cast<sigset_t*>(&argument) : nullptr, timed ? sizeof argument : 0);
  return std::min(code, 0);
}

void ring::make_room() noexcept {
  // Refused only while the kernel has no memory for requests, and that passes: it would rather end
  // a process than refuse 256 bytes.
  while (io_uring_sq_space_left(&ring_) == 0) {
    const int code = enter(waiting::submit_only);
    SHOAL_CHECK(passed(code));
    if (code != 0) ::sched_yield();
  }
}

void ring::close_queued_sockets() noexcept {
  for (unsigned position = *ring_.sq.khead; position != ring_.sq.sqe_tail; ++position) {
    const io_uring_sqe& entry = ring_.sq.sqes[position & ring_.sq.ring_mask];
    if (entry.opcode == IORING_OP_CLOSE) ::close(entry.fd);
  }
}

void ring::cancel_everything() noexcept {
  io_uring_sync_cancel_reg all{};
  all.flags = IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL;
  all.timeout = {.tv_sec = -1, .tv_nsec = -1};
  // A polled ring's thread ends what was found when it comes to it; within get_events() we do.
  while (io_uring_register_sync_cancel(&ring_, &all) > 0 && polled()) ::sched_yield();
  get_events();
}

bool ring::get_events() noexcept { return io_uring_get_events(&ring_) >= 0; }

void ring::close() noexcept {
  if (is_open()) io_uring_queue_exit(&ring_);
  ring_.ring_fd = -1;
}

}  // namespace shoal::io::uring
