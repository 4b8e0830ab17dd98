#include "shoal/compute/offload.h"

#include <chrono>
#include <new>

#include "base/check.h"
#include "compute/here.h"
#include "compute/job.h"
#include "compute/usual_cost.h"

namespace shoal::detail {

namespace {

/// Of what runs in a function: it has no way home in between.
class function_root final : public task_root {
 public:
  void go_away(std::coroutine_handle<>) noexcept override {}
  void paused() noexcept override {}
  void resumed() noexcept override {}
  void function_leaves() override {}
  void need_home() override {
    throw std::logic_error(
        "shoal: what was asked for, as worker().state<T>(), belongs to the worker; in a function "
        "that runs on another thread take what is needed of it along");
  }
  void all_home() noexcept override {}
};

}  // namespace

class away_call_job final : public compute::job {
 public:
  explicit away_call_job(away_call& what) noexcept : what_(what) {}
  void run() noexcept override {
    function_root root;
    stretch own(root);
    const stretch::passage away(own);
    what_.call();
  }
  void deliver() noexcept override { what_.came_home(); }

 private:
  away_call& what_;
};

namespace {

/// As a route's default deadline.
constexpr std::chrono::seconds longest_wait{10};

away_call_job& job_in(std::byte* storage) noexcept {
  return *std::launder(reinterpret_cast<away_call_job*>(storage));
}

compute::executor* executor_for(threads where) noexcept {
  const compute::executors here = compute::executors_here();
  return where == threads::compute ? here.compute : here.blocking;
}

}  // namespace

away_call::away_call() noexcept {
  new (job_) away_call_job(*this);
  static_assert(sizeof(away_call_job) <= job_bytes);
  static_assert(alignof(away_call_job) == alignof(void*));
}

away_call::~away_call() { job_in(job_).~away_call_job(); }

bool away_call::needed(threads where) noexcept {
  if (const stretch* const here = stretch::current()) {
    return where == threads::compute && here->computes_elsewhere();
  }
  return executor_for(where) != nullptr;
}

void away_call::send(threads where, task_root* root, std::coroutine_handle<> waiting) {
  away_call_job& job = job_in(job_);
  job.home = io::loop::current();
  SHOAL_CHECK(job.home != nullptr);  // co_await offload() outside a worker's loop
  compute::executor& by = *executor_for(where);
  job.predicted_us = usual_us().load(std::memory_order_relaxed);  // an average: any will do
  job.latest_start = job.home->now() + longest_wait;
  root_ = root;
  where_ = where;
  if (by.predicted_wait(job.of) > longest_wait) throw overloaded("others wait for threads already");
  if (root != nullptr) root->function_leaves();
  waiting_ = waiting;
  if (root != nullptr) root->job_leaves(job);
  if (by.submit(job)) return;
  waiting_ = nullptr;
  if (root != nullptr) root->job_came_home(job);
  throw overloaded("the queue for other threads is full");
}

void away_call::forget() noexcept {
  forgotten_ = true;
  job_in(job_).give_up();
}

void away_call::check() const {
  if (!called_) throw overloaded("it has waited for a thread for too long");
}

/// Two that learn at once lose one lesson of many.
void away_call::learn() noexcept {
  const away_call_job& job = job_in(job_);
  const nanoseconds took = where_ == threads::compute ? job.cpu : job.wall;
  auto& usual = usual_us();
  const std::uint32_t before = usual.load(std::memory_order_relaxed);
  usual.store(compute::usual_us(before, took), std::memory_order_relaxed);
}

void away_call::came_home() noexcept {
  away_call_job& job = job_in(job_);
  called_ = job.what == compute::job::result::ran;
  if (called_) learn();
  const auto waiting = std::exchange(waiting_, nullptr);
  task_root* const root = root_;
  const bool forgotten = forgotten_;
  if (root != nullptr) root->job_came_home(job);
  if (forgotten) delete this;
  if (root != nullptr && root->abandoned) return root->all_home();
  if (!forgotten) waiting.resume();
}

}  // namespace shoal::detail
