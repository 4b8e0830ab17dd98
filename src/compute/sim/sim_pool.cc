#include "compute/sim/sim_pool.h"

#include <utility>

#include "base/check.h"
#include "compute/job_queue.h"

namespace shoal::compute::sim {

sim_pool::sim_pool(io::sim::world& in, std::uint64_t seed, const sim_pool_options& options)
    : world_(in), random_(seed), options_(options), forecast_(options.threads) {}

sim_pool::~sim_pool() {
  stop();
  SHOAL_CHECK(running_ == 0 && !looks_);  // the world would call what is gone
}

bool sim_pool::submit(job& j) noexcept {
  auto& queue = queues_[index(j.of)];
  if (stopped_ || queue.size() == options_.capacity) return false;
  j.submitted = world_.now();
  j.foreseen = forecast_.uncorrected(j.of);
  forecast_.enters(j);
  queue.push_back(&j);
  look_later();
  return true;
}

void sim_pool::stop() noexcept {
  stopped_ = true;
  while (job* const left = pop()) {
    left->waited = world_.now() - left->submitted;
    forecast_.leaves(*left);
    send_home(*left, job::result::given_up);
  }
}

/// Not inside submit(): another thread takes its time to wake.
void sim_pool::look_later() {
  if (std::exchange(looks_, true)) return;
  world_.after(some_time() / 100, [this] {
    looks_ = false;
    begin_some();
  });
}

void sim_pool::begin_some() {
  while (running_ < options_.threads) {
    job* const next = pop();
    if (next == nullptr) return;
    const auto what = judge(*next, world_.now());
    if (what != job::result::given_up) forecast_.learn(*next);
    if (what == job::result::ran) {
      begin(*next);
    } else {
      forecast_.leaves(*next);
      send_home(*next, what);
    }
  }
}

void sim_pool::begin(job& j) {
  ++running_;
  forecast_.begins(j);
  j.wall = some_time();
  if (j.shares) share_.charge(j.of, j.wall);
  const auto before = nanoseconds(random_.below(static_cast<std::uint64_t>(j.wall.count()) + 1));
  world_.after(before, [&j] { j.run(); });
  world_.after(j.wall, [this, &j] { end(j); });
}

void sim_pool::end(job& j) noexcept {
  --running_;
  forecast_.ends(j.predicted_us);
  j.cpu = j.wall / (1 + static_cast<nanoseconds::rep>(random_.below(2)));  // or a loop came first
  send_home(j, job::result::ran);
  if (waiting() > 0) look_later();
}

job* sim_pool::pop() noexcept {
  const bool both = !queues_[0].empty() && !queues_[1].empty();
  const work_class first = both ? share_.next() : work_class::latency;
  for (const work_class of : {first, other(first)}) {
    auto& queue = queues_[index(of)];
    if (queue.empty()) continue;
    job* const found = queue.front();
    queue.pop_front();
    found->shares = both;
    return found;
  }
  return nullptr;
}

nanoseconds sim_pool::some_time() noexcept {
  const auto least = options_.least_time.count();
  const auto range = static_cast<std::uint64_t>(options_.most_time.count() - least);
  return nanoseconds(least + static_cast<nanoseconds::rep>(random_.below(range + 1)));
}

}  // namespace shoal::compute::sim
