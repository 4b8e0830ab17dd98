#include "compute/job.h"

#include "compute/wait_forecast.h"

namespace shoal::compute {

void job::give_up() noexcept {
  given_up.store(true, std::memory_order_relaxed);
  if (wait_forecast* const among = counts_in.load(std::memory_order_relaxed)) among->leaves(*this);
}

}  // namespace shoal::compute
