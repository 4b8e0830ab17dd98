// What it costs to have something done elsewhere: submitting a job that does nothing, having it
// run, and having it home again, in bursts of jobs as a loop's turn makes them: CPU time of both
// threads. Beside it the queue that comes to mind first: a mutex and a condition variable. All
// threads share one core here (tools/bench micro), so this is work, not waiting.
#include <benchmark/benchmark.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "compute/compute_pool.h"
#include "io/loop.h"
#include "io/open.h"

namespace {

using namespace shoal;

struct empty_job final : compute::job {
  void run() noexcept override {}
  void deliver() noexcept override { ++*home_again; }
  int* home_again = nullptr;
};

/// One thread behind a lock.
class locked_pool final : public compute::executor {
 public:
  locked_pool() : thread_([this] { work(); }) {}
  ~locked_pool() {
    {
      const std::lock_guard hold(lock_);
      ending_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  locked_pool(const locked_pool&) = delete;
  locked_pool& operator=(const locked_pool&) = delete;

  bool submit(compute::job& j) noexcept override {
    {
      const std::lock_guard hold(lock_);
      jobs_.push_back(&j);
    }
    changed_.notify_one();
    return true;
  }
  nanoseconds predicted_wait(work_class) const noexcept override { return {}; }

 private:
  void work() {
    std::unique_lock hold(lock_);
    while (true) {
      changed_.wait(hold, [this] { return ending_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      compute::job& next = *jobs_.front();
      jobs_.pop_front();
      hold.unlock();
      next.run();
      next.home->post(next);
      hold.lock();
    }
  }

  std::mutex lock_;
  std::condition_variable changed_;
  std::deque<compute::job*> jobs_;
  bool ending_ = false;
  std::thread thread_;
};

void go_and_come_home(benchmark::State& state, compute::executor& pool) {
  const auto burst = static_cast<std::size_t>(state.range(0));
  auto driver = io::open_driver(io::driver_kind::epoll).value();
  io::loop loop(*driver);
  int home_again = 0;
  std::vector<empty_job> jobs(burst);
  for (auto& j : jobs) {
    j.home = &loop;
    j.home_again = &home_again;
  }
  for (auto _ : state) {
    home_again = 0;
    for (auto& j : jobs) (void)pool.submit(j);
    while (home_again < static_cast<int>(burst)) loop.run_turn();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(burst));
}

void compute_pool(benchmark::State& state) {
  compute::compute_pool pool({.threads = 1, .nice = 0});  // as the other: who else is there waits
  go_and_come_home(state, pool);
}

void mutex_and_condition(benchmark::State& state) {
  locked_pool pool;
  go_and_come_home(state, pool);
}

/// The submitting thread's part alone: nobody sleeps, nobody takes anything out yet.
void submit(benchmark::State& state) {
  auto driver = io::open_driver(io::driver_kind::epoll).value();
  const io::loop loop(*driver);
  int ignored = 0;
  constexpr std::size_t capacity = 4096;
  std::vector<empty_job> jobs(capacity);
  for (auto& j : jobs) {
    j.home = &loop;
    j.home_again = &ignored;
  }
  auto queue = std::make_unique<compute::job_queue>(capacity, 1);
  std::size_t next = 0;
  for (auto _ : state) {
    if (next == capacity) {
      state.PauseTiming();
      next = 0;
      queue = std::make_unique<compute::job_queue>(capacity, 1);
      state.ResumeTiming();
    }
    benchmark::DoNotOptimize(queue->submit(jobs[next++]));
  }
}

BENCHMARK(submit);
BENCHMARK(compute_pool)->Arg(1)->Arg(16)->MeasureProcessCPUTime();
BENCHMARK(mutex_and_condition)->Arg(1)->Arg(16)->MeasureProcessCPUTime();

}  // namespace

BENCHMARK_MAIN();
