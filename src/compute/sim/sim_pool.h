// An executor in a simulated world: its threads are numbers, and a job takes virtual time that the
// seed decides. run() is called somewhere in that time, all at once, inside some wait() of the
// world's driver. Everything happens on the one thread that there is, so a seed replays what was
// given up while it waited, before and after it ran, and on its way home.
#pragma once

#include <cstdint>

#include "base/random.h"
#include "compute/class_share.h"
#include "compute/executor.h"
#include "compute/wait_forecast.h"
#include "io/sim/heap.h"
#include "io/sim/world.h"

namespace shoal::compute::sim {

struct sim_pool_options {
  unsigned threads = 1;
  std::size_t capacity = 4096;                             ///< jobs of each class that wait
  nanoseconds least_time = std::chrono::microseconds(10);  ///< that a job takes
  nanoseconds most_time = std::chrono::milliseconds(20);
};

/// The world outlives it, and the pool whatever it runs: world.run() ends that.
class sim_pool final : public executor {
 public:
  sim_pool(io::sim::world& in, std::uint64_t seed, const sim_pool_options& options = {});
  ~sim_pool();
  sim_pool(const sim_pool&) = delete;
  sim_pool& operator=(const sim_pool&) = delete;

  [[nodiscard]] bool submit(job&) noexcept override;
  [[nodiscard]] nanoseconds predicted_wait(work_class of) const noexcept override {
    return forecast_.predict(of);
  }

  /// As compute_pool's, but that what runs ends later: in the world's time.
  void stop() noexcept;

  [[nodiscard]] std::size_t waiting() const noexcept {
    return queues_[0].size() + queues_[1].size();
  }
  [[nodiscard]] unsigned running() const noexcept { return running_; }

 private:
  void look_later();
  void begin_some();
  void begin(job&);
  void end(job&) noexcept;
  [[nodiscard]] nanoseconds some_time() noexcept;
  [[nodiscard]] job* pop() noexcept;

  io::sim::world& world_;
  random_source random_;
  const sim_pool_options options_;
  io::sim::deque<job*> queues_[work_classes];
  class_share share_;
  wait_forecast forecast_;
  unsigned running_ = 0;
  bool looks_ = false;  ///< begin_some() will be called
  bool stopped_ = false;
};

}  // namespace shoal::compute::sim
