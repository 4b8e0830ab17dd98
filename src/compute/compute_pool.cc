#include "compute/compute_pool.h"

#include <unistd.h>

namespace shoal::compute {

compute_pool::compute_pool(const compute_pool_options& options)
    : manner_{.name = "shoal-c", .cpus = options.cpus, .nice = options.nice},
      count_(options.threads),
      queue_(options.capacity, options.threads),
      told_(std::make_unique<at_work[]>(options.threads)) {
  try {
    while (threads_.size() < count_) {
      threads_.emplace_back([this, number = threads_.size()] { work(number); });
    }
  } catch (...) {
    stop();
    throw;
  }
}

void compute_pool::stop() noexcept {
  if (!queue_.closed()) queue_.close();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void compute_pool::work(unsigned number) {
  settle_this_thread(manner_, number);
  told_[number].is_thread(::gettid());
  while (job* const next = queue_.take()) queue_.serve(*next, told_[number]);
}

}  // namespace shoal::compute
