// For jobs that sleep in a call: a thread for each of them, up to a limit, since a sleeping thread
// takes no core from anybody.
//
// Who submits starts no thread, which would cost a loop tens of microseconds: there is always one
// idle thread more than needed. The thread that takes the last idle place starts its successor
// before it runs its job. Threads that have found nothing to do for a while end, but for the last.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <thread>

#include "compute/at_work.h"
#include "compute/executor.h"
#include "compute/job_queue.h"
#include "compute/pool_thread.h"

namespace shoal::compute {

struct blocking_pool_options {
  unsigned threads = 64;        ///< at most
  topology::cpu_list cpus;      ///< empty: wherever the process may run
  std::size_t capacity = 1024;  ///< jobs of each class that wait; a power of two
  nanoseconds idle_time = std::chrono::seconds(10);  ///< then a thread ends
};

class blocking_pool final : public executor {
 public:
  /// Throws std::system_error where the system does not even allow one thread more.
  explicit blocking_pool(const blocking_pool_options&);
  ~blocking_pool() { stop(); }
  blocking_pool(const blocking_pool&) = delete;
  blocking_pool& operator=(const blocking_pool&) = delete;

  [[nodiscard]] bool submit(job& j) noexcept override { return queue_.submit(j); }
  [[nodiscard]] nanoseconds predicted_wait(work_class of) const noexcept override {
    return queue_.predicted_wait(of);
  }

  /// What each thread is doing, those that there could be too. Threads: any.
  [[nodiscard]] std::span<const at_work> threads() const noexcept { return {told_.get(), most_}; }
  [[nodiscard]] unsigned alive() const noexcept { return alive_.load(std::memory_order_relaxed); }

  /// As compute_pool's.
  void stop() noexcept;

 private:
  struct place {
    std::thread thread;
    bool used = false;
  };

  void start_one();
  void start_successor() noexcept;
  void work(unsigned number);
  [[nodiscard]] bool may_end() noexcept;

  const thread_manner manner_;
  const unsigned most_;
  const nanoseconds idle_time_;
  job_queue queue_;
  const std::unique_ptr<at_work[]> told_;
  std::atomic<unsigned> idle_{0};   ///< threads that run no job; its own threads write it
  std::atomic<unsigned> alive_{0};  ///< written with the lock held
  std::mutex lock_;                 ///< of places_: among its own threads, never for a submitter
  const std::unique_ptr<place[]> places_;
};

}  // namespace shoal::compute
