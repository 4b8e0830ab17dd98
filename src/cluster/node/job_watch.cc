#include "cluster/node/job_watch.h"

#include <algorithm>
#include <utility>

namespace shoal::cluster {

std::vector<compute::at_work::view> job_watch::look(monotonic_time now) {
  std::vector<compute::at_work::view> late;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    const auto seen = threads_[i].look();
    if (!seen || now - seen->since < patience) continue;
    if (std::exchange(told_[i], seen->since) != seen->since) late.push_back(*seen);
  }
  return late;
}

bool job_watch::cares() const noexcept {
  return std::any_of(threads_.begin(), threads_.end(),
                     [](const auto& thread) { return thread.look().has_value(); });
}

}  // namespace shoal::cluster
