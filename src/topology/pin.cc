#include "topology/pin.h"

#include <sched.h>

#include <cerrno>

namespace shoal::topology {

result<void> pin_this_thread(unsigned cpu) { return confine_this_thread({cpu}); }

result<void> confine_this_thread(const cpu_list& cpus) {
  cpu_set_t* const mask = CPU_ALLOC(max_cpus);
  SHOAL_CHECK(mask != nullptr);
  const std::size_t bytes = CPU_ALLOC_SIZE(max_cpus);
  CPU_ZERO_S(bytes, mask);
  for (const unsigned cpu : cpus) {
    SHOAL_CHECK(cpu < max_cpus);
    CPU_SET_S(cpu, bytes, mask);
  }
  const int failure = ::sched_setaffinity(0, bytes, mask) == 0 ? 0 : errno;
  CPU_FREE(mask);
  if (failure != 0) return system_error(failure, "cannot pin to core " + format_cpu_list(cpus));
  return {};
}

}  // namespace shoal::topology
