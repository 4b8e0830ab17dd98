#include "compute/wait_forecast.h"

#include <algorithm>

#include "compute/class_share.h"

namespace shoal::compute {
namespace {

constexpr double lessons = 16;  // that the average remembers

}  // namespace

nanoseconds wait_forecast::uncorrected(work_class of) const noexcept {
  const auto own = queued_[index(of)].read();
  const auto others = queued_[index(other(of))].read();
  const auto running = running_.read();
  if (own.jobs + others.jobs + running.jobs < threads_) return nanoseconds{0};  // one is free
  // Of the other class, what gets its turn while ours is worked off.
  const std::uint64_t between = std::min(others.us, own.us * weight_of(other(of)) / weight_of(of));
  // Jobs that run are half over, by and large.
  const std::uint64_t us = (own.us + between + running.us / 2) / threads_;
  return std::chrono::microseconds(us);
}

nanoseconds wait_forecast::predict(work_class of) const noexcept {
  const auto ns = static_cast<double>(uncorrected(of).count()) * correction(of);
  return nanoseconds(static_cast<nanoseconds::rep>(ns));
}

double wait_forecast::correction(work_class of) const noexcept {
  return correction_[index(of)].load(std::memory_order_relaxed);
}

void wait_forecast::learn(const job& j) noexcept {
  if (j.foreseen < least_lesson) return;
  const double waited = static_cast<double>(j.waited.count());
  const double ratio =
      std::min(waited / static_cast<double>(j.foreseen.count()), 2 * most_correction);
  auto& known = correction_[index(j.of)];
  const double before = known.load(std::memory_order_relaxed);
  known.store(std::clamp(before + (ratio - before) / lessons, least_correction, most_correction),
              std::memory_order_relaxed);
}

}  // namespace shoal::compute
