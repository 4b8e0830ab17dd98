#include "topology/thread_priority.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>

namespace shoal::topology {
namespace {

/// The kernel's sched_attr, which glibc has only since 2.41 and the kernel's header clashes with.
struct attributes {
  std::uint32_t size = sizeof(attributes);
  std::uint32_t policy = SCHED_OTHER;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0;
  std::uint64_t deadline = 0;
  std::uint64_t period = 0;
};
static_assert(sizeof(attributes) == 48, "SCHED_ATTR_SIZE_VER0");

// Of threads, not of processes, is what Linux makes of it.
constexpr id_t this_thread = 0;

bool is_realtime() noexcept {
  const int policy = ::sched_getscheduler(0);
  return policy == SCHED_FIFO || policy == SCHED_RR;
}

}  // namespace

// Where somebody has given the process a realtime policy, a nice value says nothing: a thread that
// computes would keep its core from the loop that it should give way to.
result<void> lower_this_thread(int nice) {
  const sched_param none{};
  if (is_realtime() && ::sched_setscheduler(0, SCHED_OTHER, &none) != 0) {
    return system_error(errno, "cannot leave a realtime policy");
  }
  if (::setpriority(PRIO_PROCESS, this_thread, nice) == 0) return {};
  return system_error(errno, "cannot set a thread's nice value to " + std::to_string(nice));
}

result<void> shorten_slices_of_this_thread(nanoseconds slice) {
  if (is_realtime()) return {};  // it goes before all others as it is
  attributes wanted;
  wanted.nice = ::getpriority(PRIO_PROCESS, this_thread);
  wanted.runtime = static_cast<std::uint64_t>(slice.count());
  if (::syscall(SYS_sched_setattr, 0, &wanted, 0) == 0) return {};
  return system_error(errno, "cannot ask for short time slices");
}

}  // namespace shoal::topology
