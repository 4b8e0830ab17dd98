#include "compute/pool_thread.h"

#include <pthread.h>

#include "base/log.h"
#include "topology/pin.h"
#include "topology/thread_priority.h"

namespace shoal::compute {
namespace {

void tell_of(const result<void>& done, const thread_manner& manner, unsigned number) {
  if (done || number != 0) return;
  log_warning("threads " + manner.name + "*: " + done.error().message);
}

}  // namespace

void settle_this_thread(const thread_manner& manner, unsigned number) {
  ::pthread_setname_np(::pthread_self(), (manner.name + std::to_string(number)).c_str());
  if (!manner.cpus.empty()) tell_of(topology::confine_this_thread(manner.cpus), manner, number);
  if (manner.nice != 0) tell_of(topology::lower_this_thread(manner.nice), manner, number);
}

}  // namespace shoal::compute
