#include "compute/job_queue.h"

namespace shoal::compute {

job::result judge(job& j, monotonic_time now) noexcept {
  j.waited = now - j.submitted;
  if (j.given_up.load(std::memory_order_relaxed)) return job::result::given_up;
  return now > j.latest_start ? job::result::too_late : job::result::ran;
}

void send_home(job& j, job::result what) noexcept {
  j.what = what;
  j.home->post(j);
}

job_queue::job_queue(std::size_t capacity, unsigned threads)
    : rings_{ring<job>(capacity), ring<job>(capacity)}, forecast_(threads) {}

bool job_queue::submit(job& j) noexcept {
  j.submitted = read_clock();
  j.foreseen = forecast_.uncorrected(j.of);
  forecast_.enters(j);
  if (!rings_[index(j.of)].push(j)) {
    forecast_.leaves(j);
    return false;
  }
  sleepers_.wake_one();  // the job may be over by now
  return true;
}

job* job_queue::take(monotonic_time until) noexcept {
  while (!closed()) {
    job* found = pop();
    if (found == nullptr) {
      sleepers_.prepare();
      found = pop();  // what came before anybody could know that this thread will sleep
      if (found == nullptr && !closed()) {
        if (!sleepers_.wait(until)) return nullptr;
        continue;
      }
      sleepers_.cancel();
    }
    // Whoever was woken for those behind may have found nothing while a pusher in front of them had
    // lost its core; and this thread may have been woken for what it does not take.
    if (rings_[0].size() + rings_[1].size() > 0) sleepers_.wake_one();
    return found;
  }
  return nullptr;
}

job* job_queue::pop() noexcept {
  const bool both = rings_[0].size() > 0 && rings_[1].size() > 0;
  const work_class first = both ? share_.next() : work_class::latency;
  job* found = rings_[index(first)].pop();
  if (found == nullptr) found = rings_[index(other(first))].pop();
  if (found != nullptr) found->shares = both;
  return found;
}

void job_queue::serve(job& j, at_work& told) noexcept {
  const job::result what = judge(j, read_clock());
  if (what != job::result::given_up) forecast_.learn(j);
  if (what == job::result::ran) return run(j, told);
  forecast_.leaves(j);
  send_home(j, what);
}

void job_queue::run(job& j, at_work& told) noexcept {
  forecast_.begins(j);
  const nanoseconds predicted = std::chrono::microseconds(j.predicted_us);
  if (j.shares) share_.charge(j.of, predicted);
  const monotonic_time began = j.submitted + j.waited;
  told.begins(j.route, began);
  const nanoseconds cpu = thread_cpu_time();
  j.run();
  j.cpu = thread_cpu_time() - cpu;
  j.wall = read_clock() - began;
  told.ends();
  if (j.shares) share_.charge(j.of, j.wall - predicted);
  forecast_.ends(j.predicted_us);
  send_home(j, job::result::ran);
}

void job_queue::close() noexcept {
  for (auto& r : rings_) r.close();
  sleepers_.wake_all();
  for (auto& r : rings_) {
    while (job* const left = r.pop_last()) {
      left->waited = read_clock() - left->submitted;
      forecast_.leaves(*left);
      send_home(*left, job::result::given_up);
    }
  }
}

}  // namespace shoal::compute
