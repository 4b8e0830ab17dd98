#include "cluster/stall/stall_cause.h"

#include <sys/syscall.h>

#include <algorithm>
#include <cstdio>

namespace shoal::cluster {
namespace {

enum : unsigned { restarted = 1, descriptor_first = 2, of_the_loop = 4 };

struct call_facts {
  long number;
  const char* name;
  unsigned what;
};

// Calls that sleep. Numbers of old calls that newer machines lack (poll, select, pause, ...) are
// left out: the C library uses these.
constexpr call_facts calls[] = {
    {SYS_read, "read", restarted | descriptor_first},
    {SYS_write, "write", restarted | descriptor_first},
    {SYS_readv, "readv", restarted | descriptor_first},
    {SYS_writev, "writev", restarted | descriptor_first},
    {SYS_pread64, "pread", restarted | descriptor_first},
    {SYS_pwrite64, "pwrite", restarted | descriptor_first},
    {SYS_recvfrom, "recv", restarted | descriptor_first},
    {SYS_recvmsg, "recvmsg", restarted | descriptor_first},
    {SYS_sendto, "send", restarted | descriptor_first},
    {SYS_sendmsg, "sendmsg", restarted | descriptor_first},
    {SYS_sendfile, "sendfile", restarted | descriptor_first},
    {SYS_accept, "accept", restarted | descriptor_first},
    {SYS_accept4, "accept", restarted | descriptor_first},
    {SYS_connect, "connect", descriptor_first},
    {SYS_ioctl, "ioctl", descriptor_first},
    {SYS_fcntl, "fcntl", restarted | descriptor_first},
    {SYS_flock, "flock", restarted | descriptor_first},
    {SYS_fsync, "fsync", restarted | descriptor_first},
    {SYS_fdatasync, "fdatasync", restarted | descriptor_first},
    {SYS_fallocate, "fallocate", descriptor_first},
    {SYS_ftruncate, "ftruncate", descriptor_first},
    {SYS_openat, "open", restarted},
    {SYS_wait4, "wait", restarted},
    {SYS_waitid, "waitid", restarted},
    {SYS_futex, "futex (a lock, a condition or another thread)", restarted},
    {SYS_getrandom, "getrandom", restarted},
    {SYS_nanosleep, "nanosleep", 0},
    {SYS_clock_nanosleep, "clock_nanosleep", 0},
    {SYS_ppoll, "poll", 0},
    {SYS_pselect6, "select", 0},
    {SYS_rt_sigtimedwait, "sigwait", 0},
    {SYS_rt_sigsuspend, "sigsuspend", 0},
    {SYS_semtimedop, "semop", 0},
    {SYS_mmap, "mmap", 0},
    {SYS_munmap, "munmap", 0},
    {SYS_madvise, "madvise", 0},
    {SYS_msync, "msync", 0},
    {SYS_execve, "execve", 0},
    {SYS_epoll_pwait, "epoll_wait", of_the_loop},
    {SYS_epoll_pwait2, "epoll_wait", of_the_loop},
    {SYS_io_uring_enter, "io_uring_enter", of_the_loop},
#ifdef SYS_epoll_wait  // x86-64, but not newer machines
    {SYS_epoll_wait, "epoll_wait", of_the_loop},
    {SYS_poll, "poll", 0},
    {SYS_select, "select", 0},
    {SYS_pause, "pause", 0},
    {SYS_open, "open", restarted},
#endif
};

const call_facts* find_call(long number) noexcept {
  const auto at = std::find_if(std::begin(calls), std::end(calls),
                               [number](const call_facts& c) { return c.number == number; });
  return at != std::end(calls) ? at : nullptr;
}

bool is(long number, unsigned what) noexcept {
  const auto* known = find_call(number);
  return known != nullptr && (known->what & what) != 0;
}

std::string format_ms(nanoseconds time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", static_cast<double>(time.count()) / 1e6);
  return text;
}

std::string show_share(const thread_facts& earlier, const thread_facts& later) {
  return "on its core for " + format_ms(later.cpu - earlier.cpu) + " of the last " +
         format_ms(later.at - earlier.at) + " ms";
}

std::string show_call(const thread_facts& facts) {
  std::string text = name_of_call(facts.call);
  if (takes_descriptor(facts)) text += "(" + std::to_string(facts.arguments[0]) + ")";
  return facts.waits_in.empty() ? text : text + ", in the kernel's " + facts.waits_in;
}

}  // namespace

stall_cause classify(const thread_facts& earlier, const thread_facts& later) noexcept {
  const auto half = (later.at - earlier.at) / 2;
  if (later.state == 'T' || later.state == 't') return stall_cause::stopped;
  if (later.cpu - earlier.cpu >= half) return stall_cause::computes;
  // The wait for a core that lasts still is in no figure; but who is ready and has not run has
  // waited.
  if (later.state == 'R' || later.run_delay - earlier.run_delay >= half)
    return stall_cause::starved;
  if (is(later.call, of_the_loop)) return stall_cause::over;
  if (later.call >= 0) return stall_cause::blocked;
  return later.state == 'D' ? stall_cause::paged : stall_cause::unclear;
}

std::string show_cause(stall_cause cause, const thread_facts& earlier, const thread_facts& later) {
  switch (cause) {
    case stall_cause::computes:
      return "handler computes: " + show_share(earlier, later);
    case stall_cause::starved:
      return "machine is starved: ready to run, but " + show_share(earlier, later);
    case stall_cause::blocked:
      return "blocked in " + show_call(later);
    case stall_cause::paged:
      return "waits for its memory to come from storage (a page fault)";
    case stall_cause::stopped:
      return "stopped by a signal or a debugger";
    case stall_cause::over:
      return "the turn has ended since";
    case stall_cause::unclear:
      break;
  }
  return std::string("cause unclear: thread state ") + later.state + ", " +
         show_share(earlier, later);
}

std::string name_of_call(long number) {
  const auto* known = find_call(number);
  return known != nullptr ? known->name : "system call " + std::to_string(number);
}

bool is_restarted(const thread_facts& facts) noexcept {
  // futex(word, operation, value, timeout): one with a timeout is not.
  if (facts.call == SYS_futex && facts.arguments[3] != 0) return false;
  return is(facts.call, restarted);
}

bool takes_descriptor(const thread_facts& facts) noexcept {
  return is(facts.call, descriptor_first);
}

}  // namespace shoal::cluster
