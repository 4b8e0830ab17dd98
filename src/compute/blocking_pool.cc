#include "compute/blocking_pool.h"

#include <unistd.h>

namespace shoal::compute {

blocking_pool::blocking_pool(const blocking_pool_options& options)
    : manner_{.name = "shoal-b", .cpus = options.cpus},
      most_(options.threads),
      idle_time_(options.idle_time),
      queue_(options.capacity, options.threads),
      told_(std::make_unique<at_work[]>(options.threads)),
      places_(std::make_unique<place[]>(options.threads)) {
  start_one();
}

void blocking_pool::stop() noexcept {
  if (!queue_.closed()) queue_.close();
  // Who starts a thread looks whether the queue is closed with the lock held: none comes now.
  {
    const std::lock_guard last(lock_);
  }
  for (unsigned i = 0; i < most_; ++i) {
    if (places_[i].thread.joinable()) places_[i].thread.join();
  }
}

void blocking_pool::start_one() {
  const std::lock_guard hold(lock_);
  if (queue_.closed() || alive() == most_) return;
  unsigned number = 0;
  while (places_[number].used) ++number;
  place& free = places_[number];
  if (free.thread.joinable()) free.thread.join();  // it has ended, or does in a moment
  idle_.fetch_add(1, std::memory_order_relaxed);   // before it runs, so that nobody starts another
  try {
    free.thread = std::thread([this, number] { work(number); });
  } catch (...) {
    idle_.fetch_sub(1, std::memory_order_relaxed);
    throw;
  }
  free.used = true;
  alive_.fetch_add(1, std::memory_order_relaxed);
}

/// Where the system allows none, jobs wait for those that there are.
void blocking_pool::start_successor() noexcept try {
  start_one();
} catch (...) {  // or has no memory for one
}

void blocking_pool::work(unsigned number) {
  settle_this_thread(manner_, number);
  at_work& told = told_[number];
  told.is_thread(::gettid());
  while (!queue_.closed()) {
    job* const next = queue_.take(read_clock() + idle_time_);
    if (next != nullptr) {
      if (idle_.fetch_sub(1, std::memory_order_relaxed) == 1) start_successor();
      queue_.serve(*next, told);
      idle_.fetch_add(1, std::memory_order_relaxed);
    } else if (may_end()) {
      break;
    }
  }
  const std::lock_guard hold(lock_);
  places_[number].used = false;
  alive_.fetch_sub(1, std::memory_order_relaxed);
}

/// Not if no idle one would be left.
bool blocking_pool::may_end() noexcept {
  unsigned idle = idle_.load(std::memory_order_relaxed);
  while (idle > 1) {
    if (idle_.compare_exchange_weak(idle, idle - 1, std::memory_order_relaxed)) return true;
  }
  return false;
}

}  // namespace shoal::compute
